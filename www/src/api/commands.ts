// Asks for changes and follows their records to the end. What is shown as true always comes from the state
// document; a record only says that something is under way, and why it was refused.

import type { CommandRecord, CommandRequest } from './types';
import { codeInWords, kindInWords } from '../model/words';

export interface CommandWorld {
  /** False when there is no connection. */
  send(message: Record<string, unknown>): boolean;
  show(pending: Record<string, PendingCommand>): void;
  /** `about`: only the newest of its subject is of interest. */
  tell(text: string, bad: boolean, how?: { about: string }): void;
  plantName(id: string): string;
}
export interface PendingCommand {
  kind: string;
  plant: string | null;
  record: CommandRecord | null;
}

export class Commands {
  private pending: Record<string, PendingCommand> = {};
  private waiting = new Map<string, (record: CommandRecord | null) => void>();
  /** Those whose asker is told of every record and says itself what becomes of them. */
  private told = new Map<string, (record: CommandRecord) => void>();
  private next = 1;

  constructor(private readonly world: CommandWorld) {}

  /** The ended record; null when the connection was lost before it ended: nobody knows how it went. */
  run(command: CommandRequest): Promise<CommandRecord | null> {
    const ended = this.send(command);
    if (ended) return ended;
    this.world.tell(`${this.name(command.kind, command.plant ?? null)} was not sent: there is no connection.`, true);
    return Promise.resolve(null);
  }

  /** As run(), but says nothing by itself; null when there is no connection. */
  send(command: CommandRequest, told?: (record: CommandRecord) => void): Promise<CommandRecord | null> | null {
    const ref = `c${this.next++}`;
    if (!this.world.send({ type: 'command', ref, ...command })) return null;
    if (told) this.told.set(ref, told);
    this.pending = { ...this.pending, [ref]: { kind: command.kind, plant: command.plant ?? null, record: null } };
    this.world.show(this.pending);
    return new Promise((resolve) => this.waiting.set(ref, resolve));
  }

  /** A record that arrived. Those of others have no ref of ours. */
  take(record: CommandRecord, ref: string | undefined): void {
    if (ref === undefined || !(ref in this.pending)) return;
    const known = this.pending[ref]!;
    const told = this.told.get(ref);
    told?.(record);
    if (record.state === 'queued' || record.state === 'running') {
      this.pending = { ...this.pending, [ref]: { ...known, record } };
      this.world.show(this.pending);
      return;
    }
    this.end(ref, record);
    if (record.state !== 'succeeded' && !told)
      this.world.tell(`${this.name(known.kind, known.plant)} ${record.state}: ${codeInWords(record.message)}`, true);
  }

  /** Not even a record was made of it. */
  refuse(ref: string | null, detail: string): void {
    const known = ref === null ? undefined : this.pending[ref];
    if (ref === null || !known) return;
    const quiet = this.told.has(ref);
    this.end(ref, null);
    if (!quiet) this.world.tell(`${this.name(known.kind, known.plant)} was refused: ${detail}.`, true);
  }

  /** The connection is gone: whatever was under way may or may not happen; the state will tell. */
  lost(): void {
    const names: string[] = [];
    for (const [ref, p] of Object.entries(this.pending)) {
      if (!this.told.has(ref)) names.push(this.name(p.kind, p.plant));
      this.end(ref, null);
    }
    if (names.length === 0) return;
    const they = names.length > 1 ? 'they' : 'it';
    const them = names.length > 1 ? 'them' : 'it';
    this.world.tell(`${names.join(', ')}: the connection was lost before ${they} ended. The state shows what became of ${them}.`, true, { about: 'connection lost' });
  }

  private end(ref: string, record: CommandRecord | null): void {
    const rest = { ...this.pending };
    delete rest[ref];
    this.pending = rest;
    this.world.show(rest);
    this.waiting.get(ref)?.(record);
    this.waiting.delete(ref);
    this.told.delete(ref);
  }

  private name(kind: string, plant: string | null): string {
    return plant ? `${kindInWords(kind)} ${this.world.plantName(plant)}` : kindInWords(kind);
  }
}
