// The stream of the service: one WebSocket, opened again with backoff whenever it is lost. Silence is not
// trusted: while its clock runs the service speaks every second, and it answers every command, so that a few
// seconds without a message mean that the socket is dead, whatever else still answers. A site that stands still
// says nothing: then what is known is compared with what the service says over HTTP.

import { retryDelay } from './backoff';
import { equal } from './equal';
import { merge } from './merge';
import type { CommandRecord, EventRecord, LogLine, Row, ServerMessage, State } from './types';

export interface FeedSocket {
  onopen: (() => void) | null;
  onmessage: ((message: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  onerror: (() => void) | null;
  send(text: string): void;
  close(): void;
}

/** What the feed needs of the world. */
export interface FeedWorld {
  open(): FeedSocket;
  /** Whether the service answers over HTTP; `unauthorised` when it wants a login. */
  probe(): Promise<'alive' | 'unauthorised' | 'dead'>;
  /** The state document over HTTP; null when it was not given. */
  status(): Promise<State | null>;
  now(): number;
  random(): number;
  after(ms: number, what: () => void): () => void;
}

export interface FeedListener {
  state(state: State, seq: number): void;
  sample(plant: string, row: Row): void;
  event(event: EventRecord): void;
  log(line: LogLine): void;
  command(record: CommandRecord, ref: string | undefined): void;
  refused(ref: string | null, detail: string): void;
  connection(connection: Connection): void;
  unauthorised(): void;
}

export type Connection =
  | { state: 'connecting' }
  | { state: 'open' }
  /** `since`: when it was lost; `retryAt`: next try, null while one is under way. */
  | { state: 'lost'; since: number; retryAt: number | null };

export const silenceMs = 5000;
/** For what was on its way while the service was asked over HTTP. */
export const graceMs = 2000;

export class Feed {
  private socket: FeedSocket | null = null;
  private state: State | null = null;
  private seq = 0;
  private attempt = 0;
  private lostAt: number | null = null;
  private cancelTimer: () => void = () => {};
  private topics = new Set<string>();
  private opened = false;
  private closed = false;
  /** Counts starts and ends: an answer to a question of another life is nobody's. */
  private life = 0;
  /** Messages so far, and when the service was last known to be there. */
  private heard = 0;
  private heardAt: number | null = null;
  /** A command was sent and nothing was said of it. */
  private unanswered = false;

  constructor(
    private readonly world: FeedWorld,
    private readonly listener: FeedListener,
  ) {}

  start(): void {
    this.stop();
    this.closed = false;
    this.connect();
  }

  /** Ends; what is begun after it knows nothing of what was. */
  stop(): void {
    this.closed = true;
    ++this.life;
    this.detach();
    this.state = null;
    this.seq = 0;
    this.attempt = 0;
    this.lostAt = null;
    this.heardAt = null;
  }

  /** Now, not when the backoff says so. */
  tryNow(): void {
    if (this.closed || this.opened) return;
    this.cancelTimer();
    this.detach();
    this.connect();
  }

  /** False when there is no connection. */
  send(message: Record<string, unknown>): boolean {
    if (!this.opened || !this.socket) return false;
    if (message['type'] === 'command') this.unanswered = true;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  subscribe(topic: string, on: boolean): void {
    if (on) this.topics.add(topic);
    else this.topics.delete(topic);
    this.send({ type: on ? 'subscribe' : 'unsubscribe', topics: [topic] });
  }

  private connect(): void {
    this.listener.connection(
      this.lostAt === null ? { state: 'connecting' } : { state: 'lost', since: this.lostAt, retryAt: null },
    );
    let socket: FeedSocket;
    try {
      socket = this.world.open();
    } catch {
      this.lost();
      return;
    }
    this.socket = socket;
    socket.onopen = () => {};
    socket.onmessage = (m) => this.message(socket, m.data);
    socket.onclose = () => this.gone(socket);
    socket.onerror = () => {};
    // A server that accepts and says nothing.
    this.cancelTimer = this.world.after(silenceMs, () => this.gone(socket));
  }

  private message(socket: FeedSocket, data: unknown): void {
    if (socket !== this.socket || typeof data !== 'string') return;
    let m: ServerMessage;
    try {
      m = JSON.parse(data) as ServerMessage;
    } catch {
      return;
    }
    ++this.heard;
    this.heardAt = this.world.now();
    this.watch(socket);
    if (m.type === 'command' || m.type === 'error') this.unanswered = false;
    switch (m.type) {
      case 'snapshot':
        this.state = m.state;
        this.seq = m.seq;
        if (!this.opened) {
          this.opened = true;
          this.attempt = 0;
          this.lostAt = null;
          if (this.topics.size) this.send({ type: 'subscribe', topics: [...this.topics] });
          this.listener.state(m.state, m.seq);
          this.listener.connection({ state: 'open' });
          return;
        }
        this.listener.state(m.state, m.seq);
        return;
      case 'patch':
        if (!this.state) return;
        if (m.seq !== this.seq + 1) {
          // Something is missing: only a new snapshot helps, and a new connection begins with one.
          this.gone(socket);
          return;
        }
        this.seq = m.seq;
        this.state = merge(this.state, m.merge);
        this.listener.state(this.state, m.seq);
        return;
      case 'sample':
        this.listener.sample(m.plant, m.row);
        return;
      case 'event':
        this.listener.event(m);
        return;
      case 'log':
        this.listener.log(m);
        return;
      case 'command':
        this.listener.command(m, m.ref);
        return;
      case 'error':
        this.listener.refused(m.ref, m.detail);
        return;
    }
  }

  private watch(socket: FeedSocket): void {
    this.cancelTimer();
    this.cancelTimer = this.world.after(silenceMs, () => this.silent(socket));
  }

  private silent(socket: FeedSocket): void {
    const known = this.state;
    if (!known?.clock?.paused || this.unanswered) {
      this.gone(socket);
      return;
    }
    const heard = this.heard;
    void this.world.status().then((status) => {
      if (socket !== this.socket || heard !== this.heard) return;
      if (status === null) {
        this.gone(socket);
      } else if (equal(status, known)) {
        this.heardAt = this.world.now();
        this.watch(socket);
      } else {
        this.cancelTimer = this.world.after(graceMs, () => this.gone(socket));
      }
    });
  }

  private gone(socket: FeedSocket): void {
    if (socket !== this.socket) return;
    this.detach();
    this.lost();
  }

  private detach(): void {
    const socket = this.socket;
    this.socket = null;
    this.opened = false;
    this.unanswered = false;
    this.cancelTimer();
    if (!socket) return;
    socket.onmessage = socket.onclose = socket.onopen = null;
    try {
      socket.close();
    } catch {
      // It is gone already.
    }
  }

  private lost(): void {
    if (this.closed) return;
    this.lostAt ??= this.heardAt ?? this.world.now();
    const delay = retryDelay(this.attempt++, this.world.random());
    this.listener.connection({ state: 'lost', since: this.lostAt, retryAt: this.world.now() + delay });
    const again = () => this.connect();
    this.cancelTimer = this.world.after(delay, again);
    // A refused upgrade looks like a lost network; only HTTP says that a login is wanted.
    const life = this.life;
    void this.world.probe().then((answer) => {
      if (answer === 'unauthorised' && life === this.life && !this.opened) {
        this.stop();
        this.listener.unauthorised();
      }
    });
  }
}
