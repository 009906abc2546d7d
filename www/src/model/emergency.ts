// An emergency stop from the press to its end: asked for by every way there is, and each record followed to its
// end. It has arrived when a record was made that is not a refusal.

import { Refusal } from '../api/http';
import type { CommandRecord } from '../api/types';
import { codeInWords } from './words';

export interface EmergencyWorld {
  /** Over the open WebSocket, telling of each record, to the ended one; null where there is no connection. */
  bySocket(told: (record: CommandRecord) => void): Promise<CommandRecord | null> | null;
  byHttp(): Promise<CommandRecord>;
  record(id: string): Promise<CommandRecord>;
  wait(ms: number): Promise<void>;
}

export interface EmergencyListener {
  arrived(): void;
  /** By no way. It may still arrive later: then arrived() is called after all. */
  missed(why: string): void;
  /** It arrived and did not do all it should. */
  failed(record: CommandRecord): void;
  /** It arrived, and nobody said how it ended. */
  unknown(): void;
}

/** How long it may take to arrive by any way, and how long its end is asked for. */
export const arrivalMs = 5000;
export const followMs = 60_000;
const leastPauseMs = 300;
const longestPauseMs = 2000;

const ended = (record: CommandRecord) => record.state !== 'queued' && record.state !== 'running';

export async function stopEverything(world: EmergencyWorld, listener: EmergencyListener): Promise<void> {
  let arrived = false;
  let known = false;
  const reasons: string[] = [];
  const failures = new Set<string>();

  const take = (record: CommandRecord) => {
    if (record.state === 'rejected') {
      reasons.push(codeInWords(record.message));
      return;
    }
    if (!arrived) listener.arrived();
    arrived = true;
    if (!ended(record)) return;
    known = true;
    if (record.state === 'succeeded' || failures.has(record.message)) return;
    failures.add(record.message);
    listener.failed(record);
  };

  const late = world.wait(arrivalMs);
  const socket = world.bySocket((record) => take(record)) ?? Promise.resolve(null);
  const http = world.byHttp().then(
    (record) => {
      take(record);
      return record.state === 'rejected' ? null : record;
    },
    (error: unknown) => {
      reasons.unshift(error instanceof Refusal ? error.message : 'It could not be sent.');
      return null;
    },
  );
  const overSocket = socket.then((record) => void (record && take(record)));

  const sent = await http;
  // A socket that says nothing is not waited for without end.
  if (!arrived) await Promise.race([overSocket, late]);
  if (!arrived) listener.missed(reasons[0] ?? 'The service did not answer in time.');
  if (sent && !ended(sent)) await follow(world, sent.id, take);
  await overSocket;
  if (arrived && !known) listener.unknown();
}

async function follow(world: EmergencyWorld, id: string, take: (record: CommandRecord) => void): Promise<void> {
  let pause = leastPauseMs;
  for (let waited = 0; waited < followMs; ) {
    await world.wait(pause);
    waited += pause;
    try {
      const record = await world.record(id);
      if (ended(record)) {
        take(record);
        return;
      }
    } catch {
      // Asked again: the record outlives a lost connection.
    }
    pause = Math.min(longestPauseMs, pause * 1.5);
  }
}

/** What went wrong with an emergency stop that arrived, in a sentence for those who must act on it. */
export function emergencyFailure(record: CommandRecord, plantName: (id: string) => string): string {
  const result = record.result as { per_plant?: Record<string, { disable_ok?: boolean }> } | null;
  const left = Object.entries(result?.per_plant ?? {}).filter(([, stop]) => stop.disable_ok === false);
  if (left.length > 0) {
    const names = left.map(([id]) => plantName(id)).join(' and ');
    return `The emergency stop arrived, but ${names} could NOT be disabled and may still be running. Use the stop at the plant.`;
  }
  if (record.message === 'not_saved') return 'The emergency stop holds, but it could not be stored: a restart of the service would not know of it.';
  return `The emergency stop arrived, but did not end well: ${codeInWords(record.message)} Use the stop at the plant.`;
}

/** The headline of a latched emergency stop: "Stopped" only when every plant is. */
export function latchedInWords(off: number, all: number, since: string | null): { head: string; rest: string } {
  if (off < all || all === 0) return { head: 'Emergency stop latched', rest: `${off} of ${all} plants disabled` };
  return { head: `Stopped${since === null ? '' : ` at ${since}`}`, rest: 'All plants disabled' };
}
