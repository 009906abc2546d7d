import { describe, expect, it } from 'vitest';
import { Commands } from '../src/api/commands';
import { Feed, graceMs, silenceMs, type Connection, type FeedSocket } from '../src/api/feed';
import type { CommandRecord, State } from '../src/api/types';

class FakeSocket implements FeedSocket {
  onopen: (() => void) | null = null;
  onmessage: ((m: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;
  sent: string[] = [];
  closed = false;
  send(text: string) {
    this.sent.push(text);
  }
  close() {
    this.closed = true;
  }
  say(message: unknown) {
    this.onmessage?.({ data: typeof message === 'string' ? message : JSON.stringify(message) });
  }
}

function world() {
  const sockets: FakeSocket[] = [];
  const timers: { at: number; what: () => void; gone: boolean }[] = [];
  let now = 0;
  let answer: 'alive' | 'unauthorised' | 'dead' = 'dead';
  const seen = { states: [] as unknown[], connections: [] as Connection[], unauthorised: 0, refused: [] as unknown[] };
  let status: unknown = null;
  const feed = new Feed(
    {
      open: () => {
        const s = new FakeSocket();
        sockets.push(s);
        return s;
      },
      probe: () => Promise.resolve(answer),
      status: () => Promise.resolve(status as State | null),
      now: () => now,
      random: () => 1,
      after: (ms, what) => {
        const timer = { at: now + ms, what, gone: false };
        timers.push(timer);
        return () => (timer.gone = true);
      },
    },
    {
      state: (s) => seen.states.push(s),
      sample: () => {},
      event: () => {},
      log: () => {},
      command: () => {},
      refused: (ref, detail) => seen.refused.push([ref, detail]),
      connection: (c) => seen.connections.push(c),
      unauthorised: () => ++seen.unauthorised,
    },
  );
  const advance = async (ms: number) => {
    const until = now + ms;
    for (;;) {
      const next = timers.filter((t) => !t.gone && t.at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      now = Math.max(now, next.at);
      next.gone = true;
      next.what();
      await Promise.resolve();
      await Promise.resolve();
    }
    now = until;
    await Promise.resolve();
  };
  return { feed, sockets, seen, advance, set: (a: typeof answer) => (answer = a), says: (s: unknown) => (status = s), last: () => sockets.at(-1)! };
}
const snapshot = (seq: number, state: unknown) => ({ type: 'snapshot', seq, state });

describe('the stream', () => {
  it('is open with its first snapshot and merges patches into it', () => {
    const w = world();
    w.feed.start();
    w.last().say(snapshot(7, { a: { x: 1, y: 2 } }));
    w.last().say({ type: 'patch', seq: 8, merge: { a: { y: null } } });
    expect(w.seen.connections.map((c) => c.state)).toEqual(['connecting', 'open']);
    expect(w.seen.states.at(-1)).toEqual({ a: { x: 1, y: null } });
  });
  it('takes a new snapshot at any time', () => {
    const w = world();
    w.feed.start();
    w.last().say(snapshot(1, { a: 1 }));
    w.last().say(snapshot(9, { b: 2 }));
    w.last().say({ type: 'patch', seq: 10, merge: { b: 3 } });
    expect(w.seen.states.at(-1)).toEqual({ b: 3 });
  });
  it('begins anew when a patch is missing, and never applies the one after it', () => {
    const w = world();
    w.feed.start();
    w.last().say(snapshot(1, { a: 1 }));
    w.last().say({ type: 'patch', seq: 3, merge: { a: 3 } });
    expect(w.seen.states).toEqual([{ a: 1 }]);
    expect(w.sockets[0]!.closed).toBe(true);
    expect(w.seen.connections.at(-1)!.state).toBe('lost');
  });
  it('tries again with doubled waits, and at once when asked', async () => {
    const w = world();
    w.feed.start();
    w.last().say(snapshot(1, {}));
    w.last().onclose?.();
    expect(w.seen.connections.at(-1)).toEqual({ state: 'lost', since: 0, retryAt: 500 });
    await w.advance(500);
    expect(w.sockets).toHaveLength(2);
    w.last().onclose?.();
    expect(w.seen.connections.at(-1)).toEqual({ state: 'lost', since: 0, retryAt: 1500 });
    w.feed.tryNow();
    expect(w.sockets).toHaveLength(3);
    w.last().say(snapshot(1, {}));
    expect(w.seen.connections.at(-1)!.state).toBe('open');
    w.feed.tryNow();
    expect(w.sockets).toHaveLength(3);
  });
  it('takes silence of a running clock for a dead socket, whatever still answers over HTTP', async () => {
    const w = world();
    w.set('alive');
    const state = { clock: { speed: 1, paused: false } };
    w.says(state);
    w.feed.start();
    w.last().say(snapshot(1, state));
    await w.advance(silenceMs - 1);
    w.last().say({ type: 'patch', seq: 2, merge: {} });
    await w.advance(silenceMs - 1);
    expect(w.seen.connections.at(-1)!.state).toBe('open');
    await w.advance(1);
    expect(w.sockets[0]!.closed).toBe(true);
    // Since it was last heard, not since that was noticed.
    expect(w.seen.connections.at(-1)).toMatchObject({ state: 'lost', since: silenceMs - 1 });
    await w.advance(500);
    w.last().say(snapshot(1, state));
    expect(w.seen.connections.at(-1)!.state).toBe('open');
  });
  it('lets a site that stands still be silent while it is as it was told', async () => {
    const w = world();
    const state = { time: 'a', clock: { speed: 1, paused: true } };
    w.says({ clock: { paused: true, speed: 1 }, time: 'a' });
    w.feed.start();
    w.last().say(snapshot(1, state));
    await w.advance(silenceMs * 10);
    expect(w.sockets).toHaveLength(1);
    expect(w.seen.connections.at(-1)!.state).toBe('open');
  });
  it('leaves a silent socket when the site that stood still is another by now, after a grace', async () => {
    const w = world();
    const state = { time: 'a', clock: { speed: 1, paused: true } };
    w.says({ ...state, time: 'b' });
    w.feed.start();
    w.last().say(snapshot(1, state));
    await w.advance(silenceMs + graceMs / 2);
    w.last().say({ type: 'patch', seq: 2, merge: { time: 'b' } });
    await w.advance(silenceMs * 3);
    expect(w.sockets).toHaveLength(1);
    w.says({ ...state, time: 'c' });
    await w.advance(silenceMs + graceMs + 1);
    expect(w.sockets[0]!.closed).toBe(true);
  });
  it('leaves a silent socket when the service that stood still does not answer, or left a command unanswered', async () => {
    const state = { time: 'a', clock: { speed: 1, paused: true } };
    const dead = world();
    dead.feed.start();
    dead.last().say(snapshot(1, state));
    await dead.advance(silenceMs);
    expect(dead.sockets[0]!.closed).toBe(true);
    for (const answered of [true, false]) {
      const w = world();
      w.says(state);
      w.feed.start();
      w.last().say(snapshot(1, state));
      w.feed.send({ type: 'command', ref: 'c1', kind: 'plant.stop', plant: 'lib' });
      if (answered) w.last().say({ type: 'error', ref: 'c1', detail: 'no' });
      await w.advance(silenceMs + 1);
      expect(w.sockets[0]!.closed).toBe(!answered);
    }
  });
  it('leaves a server that accepts and says nothing', async () => {
    const w = world();
    w.feed.start();
    await w.advance(silenceMs);
    expect(w.sockets[0]!.closed).toBe(true);
  });
  it('ends, and asks for a login, when the service wants one', async () => {
    const w = world();
    w.set('unauthorised');
    w.feed.start();
    w.last().onclose?.();
    await w.advance(0);
    await w.advance(60_000);
    expect(w.seen.unauthorised).toBe(1);
    expect(w.sockets).toHaveLength(1);
  });
  it('begins anew after it was ended: log out, log in', async () => {
    const w = world();
    w.feed.start();
    w.last().say(snapshot(4, { a: 1 }));
    w.feed.stop();
    expect(w.sockets[0]!.closed).toBe(true);
    expect(w.feed.send({ type: 'command', ref: 'c1' })).toBe(false);
    w.feed.start();
    expect(w.sockets).toHaveLength(2);
    w.last().say(snapshot(1, { b: 1 }));
    w.last().say({ type: 'patch', seq: 2, merge: { b: 2 } });
    expect(w.seen.connections.map((c) => c.state)).toEqual(['connecting', 'open', 'connecting', 'open']);
    expect(w.seen.states.at(-1)).toEqual({ b: 2 });
    expect(w.feed.send({ type: 'command', ref: 'c2' })).toBe(true);
  });
  it('forgets that it was lost, and questions of before, when it is ended', async () => {
    const w = world();
    w.set('unauthorised');
    w.feed.start();
    w.last().onclose?.();
    w.feed.stop();
    w.feed.start();
    await w.advance(0);
    expect(w.seen.unauthorised).toBe(0);
    expect(w.seen.connections.at(-1)).toEqual({ state: 'connecting' });
    await w.advance(600);
    expect(w.sockets).toHaveLength(2);
  });
  it('subscribes again after a reconnect', async () => {
    const w = world();
    w.feed.start();
    w.last().say(snapshot(1, {}));
    w.feed.subscribe('logs', true);
    w.last().onclose?.();
    await w.advance(500);
    w.last().say(snapshot(1, {}));
    expect(w.last().sent).toEqual(['{"type":"subscribe","topics":["logs"]}']);
  });
  it('ignores what it cannot read, and a socket that was given up', () => {
    const w = world();
    w.feed.start();
    w.last().say('not json');
    w.last().say({ type: 'unheard-of' });
    w.last().say(snapshot(1, { a: 1 }));
    const old = w.last();
    w.last().onclose?.();
    old.say(snapshot(2, { a: 2 }));
    expect(w.seen.states).toEqual([{ a: 1 } as unknown as State]);
  });
});

describe('commands', () => {
  const setup = () => {
    const said: [string, boolean][] = [];
    const sent: Record<string, unknown>[] = [];
    let shown: Record<string, unknown> = {};
    let open = true;
    const commands = new Commands({ send: (m) => open && (sent.push(m), true), show: (p) => (shown = p), tell: (t, bad) => said.push([t, bad]), plantName: (id) => id.toUpperCase() });
    return { commands, said, sent, shown: () => shown, close: () => (open = false) };
  };
  const record = (state: CommandRecord['state'], message = ''): CommandRecord => ({ id: 'cmd-000001', kind: 'plant.start', plant: 'lib', payload: {}, actor: '', state, message, result: null, created_at: '', started_at: null, finished_at: null });

  it('are followed by their ref to the end', async () => {
    const t = setup();
    const done = t.commands.run({ kind: 'plant.start', plant: 'lib' });
    expect(t.sent).toEqual([{ type: 'command', ref: 'c1', kind: 'plant.start', plant: 'lib' }]);
    t.commands.take(record('running', 'enabling'), 'c1');
    expect(Object.keys(t.shown())).toEqual(['c1']);
    t.commands.take(record('succeeded'), 'c1');
    expect((await done)?.state).toBe('succeeded');
    expect(t.shown()).toEqual({});
    expect(t.said).toEqual([]);
  });
  it('say why they were refused, in words', async () => {
    const t = setup();
    const done = t.commands.run({ kind: 'plant.start', plant: 'lib' });
    t.commands.take(record('rejected', 'estop_latched'), 'c1');
    await done;
    expect(t.said).toEqual([['Start LIB rejected: The emergency stop is latched; reset it first.', true]]);
  });
  it('of others are left alone', () => {
    const t = setup();
    t.commands.take(record('failed', 'x'), 'c9');
    t.commands.take(record('failed', 'x'), undefined);
    expect(t.said).toEqual([]);
  });
  it('end unknown when the connection is lost, and are not sent without one', async () => {
    const t = setup();
    const done = t.commands.run({ kind: 'plant.stop', plant: 'lib' });
    t.commands.lost();
    expect(await done).toBeNull();
    expect(t.said[0]![0]).toContain('connection was lost before it ended');
    t.close();
    expect(await t.commands.run({ kind: 'plant.stop', plant: 'lib' })).toBeNull();
    expect(t.said[1]![0]).toContain('was not sent');
  });
  it('whose asker wants to say it himself are told to him alone', async () => {
    const t = setup();
    const told: string[] = [];
    const done = t.commands.send({ kind: 'estop' }, (r) => told.push(r.state));
    t.commands.take(record('running'), 'c1');
    t.commands.take(record('failed', 'disable_failed'), 'c1');
    expect((await done)?.state).toBe('failed');
    expect(told).toEqual(['running', 'failed']);
    const lost = t.commands.send({ kind: 'estop' }, () => {});
    t.commands.lost();
    expect(await lost).toBeNull();
    t.close();
    expect(t.commands.send({ kind: 'estop' }, () => {})).toBeNull();
    expect(t.said).toEqual([]);
  });
  it('lost together are told in one notice', () => {
    const t = setup();
    void t.commands.run({ kind: 'plant.stop', plant: 'lib' });
    void t.commands.run({ kind: 'plant.start', plant: 'vrfb' });
    t.commands.lost();
    t.commands.lost();
    expect(t.said).toEqual([['Stop LIB, Start VRFB: the connection was lost before they ended. The state shows what became of them.', true]]);
  });
  it('that made no record say what was wrong with them', async () => {
    const t = setup();
    const done = t.commands.run({ kind: 'plant.start', plant: 'lib' });
    t.commands.refuse('c1', 'this needs the role operator');
    expect(await done).toBeNull();
    expect(t.said).toEqual([['Start LIB was refused: this needs the role operator.', true]]);
  });
});
