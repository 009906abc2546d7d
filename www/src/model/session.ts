// Wires the feed, the commands and the store together, and knows who is logged in.

import { Commands } from '../api/commands';
import { Feed, type FeedSocket } from '../api/feed';
import { address, Refusal, request } from '../api/http';
import type { CommandRequest, Session, State } from '../api/types';
import { Asker } from './asker';
import { notice } from './notices';
import * as store from './store';

const after = (ms: number, what: () => void) => {
  const timer = setTimeout(what, ms);
  return () => clearTimeout(timer);
};

export const feed = new Feed(
  {
    open: () => new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${address('/ws')}`) as unknown as FeedSocket,
    probe: async () => {
      try {
        await request('/api/v1/session', { timeoutMs: 3000 });
        return 'alive';
      } catch (error) {
        if (error instanceof Refusal && error.status === 401) return 'unauthorised';
        return error instanceof Refusal && error.status > 0 && error.status < 500 ? 'alive' : 'dead';
      }
    },
    status: () => request<State>('/api/v1/status', { timeoutMs: 3000, mayWait: false }).catch(() => null),
    now: () => Date.now(),
    random: () => Math.random(),
    after,
  },
  {
    state: store.takeState,
    sample: store.takeSample,
    event: store.takeEvent,
    log: store.takeLog,
    command: (record, ref) => commands.take(record, ref),
    refused: (ref, detail) => commands.refuse(ref, detail),
    connection: (c) => {
      store.takeConnection(c);
      if (c.state === 'lost') commands.lost();
    },
    unauthorised: () => wantLogin(),
  },
);

export const commands = new Commands({
  send: (message) => feed.send(message),
  show: (pending) => (store.pending.value = pending),
  tell: notice,
  plantName: (id) => store.state.peek()?.plants[id]?.name ?? id,
});
export const run = (command: CommandRequest) => commands.run(command);

const identity = new Asker<Session>(
  {
    ask: () => request<Session>('/api/v1/session', { timeoutMs: 5000 }),
    refused: (error) => error instanceof Refusal && error.status === 401,
    random: () => Math.random(),
    after,
  },
  (who) => (store.session.value = who),
  () => wantLogin(),
);

function wantLogin(): void {
  feed.stop();
  identity.end();
  store.session.value = null;
  store.loginWanted.value = true;
}

/** Who we are; begins the stream when somebody is, or when nobody could say. */
export async function begin(): Promise<void> {
  await identity.begin();
  if (!store.loginWanted.peek()) feed.start();
}

export async function login(name: string, password: string): Promise<void> {
  store.session.value = await request<Session>('/api/v1/session', { method: 'POST', body: { name, password } });
  store.loginWanted.value = false;
  identity.end();
  feed.start();
}

export async function logout(): Promise<void> {
  feed.stop();
  identity.end();
  commands.lost();
  try {
    await request('/api/v1/session', { method: 'DELETE' });
  } finally {
    store.session.value = null;
    store.state.value = null;
    store.loginWanted.value = true;
  }
}

/** After a reconnect the session may be another one, or the page may not have had one yet. */
store.connection.subscribe((c) => {
  if (c.state === 'open') void identity.begin();
});
