// Everything the page knows, as signals. What arrives goes in here; views only read.

import { batch, computed, signal } from '@preact/signals';
import type { Connection } from '../api/feed';
import type { CommandRecord, EventRecord, LogLine, Row, Session, State } from '../api/types';
import { ms, Zone } from '../format/zone';
import { SeriesBuffer } from './series_buffer';
import { serviceNow, type ClockReading } from './service_clock';
import { freshForMs, trust, type Trust } from './staleness';

export const session = signal<Session | null>(null);
/** Nobody is logged in and the server wants it. */
export const loginWanted = signal(false);
export const state = signal<State | null>(null);
export const connection = signal<Connection>({ state: 'connecting' });

/** The service's time as last told, and when that was here. */
const reading = signal<ClockReading | null>(null);
/** Beats for everything that shows an age or a clock. */
export const beat = signal(0);
/** The service's time when it was last heard, while the connection is lost. */
export const lostAt = signal<number | null>(null);

export const connected = computed(() => connection.value.state === 'open');
export const zone = computed(() => {
  const name = state.value?.site.zone ?? 'UTC';
  try {
    return new Zone(name);
  } catch {
    return new Zone('UTC');
  }
});

/** The service's time now; runs on while nothing is heard, so that ages grow. */
export function now(): number | null {
  beat.value;
  return serviceNow(reading.value, performance.now());
}

/** Controls may be used: the page is connected, and the session may command. */
export const mayCommand = computed(() => session.value?.role === 'operator' && !session.value.read_only);
/** The emergency stop is there unless it is known that it may not be pressed. */
export const mayStop = computed(() => !loginWanted.value && (session.value === null || mayCommand.value));

const plantKey = computed(() => Object.keys(state.value?.plants ?? {}).join());
/** Another array only when there are other plants: what follows it does not run with every message. */
export const plantIds = computed(() => (plantKey.value ? plantKey.value.split(',') : []));

export function trustOf(plant: string): Trust {
  const s = state.value;
  const p = s?.plants[plant];
  if (!s || !p) return 'unknown';
  return trust({
    timestamp: ms(p.latest.timestamp),
    now: now(),
    linkOk: p.link.status === 'ok',
    connected: connected.value,
    freshForMs: freshForMs(s.site.measurement_period_s, s.clock.speed),
  });
}

// ---- measured past, a buffer per plant
const buffers = new Map<string, SeriesBuffer>();
export const samples = signal(0);
export function buffer(plant: string): SeriesBuffer {
  let b = buffers.get(plant);
  if (!b) buffers.set(plant, (b = new SeriesBuffer()));
  return b;
}

/** The last active power that was measured, however long ago. */
export function lastSeen(plant: string): number | null {
  const column = buffer(plant).values.p_poi_kw;
  for (let i = column.length - 1; i >= 0; --i) if (column[i] !== null) return column[i]!;
  return null;
}

// ---- round trips, for the sparkline
export const roundTrips = new Map<string, (number | null)[]>();
const longestSpark = 120;

export const events = signal<EventRecord[]>([]);
export const logLines = signal<LogLine[]>([]);
const longestTail = 1000;

let lastTransport: string | null = null;

/** All of it at once: a time is not believed in the zone of before. */
export const takeState = (next: State): void => batch(() => take(next));
function take(next: State): void {
  const before = state.value;
  const t = ms(next.time);
  if (t !== null && (next.time !== before?.time || next.clock !== before?.clock))
    reading.value = { time: t, at: performance.now(), speed: next.clock.speed, paused: next.clock.paused };
  for (const [id, plant] of Object.entries(next.plants)) {
    if (before && plant.link === before.plants[id]?.link) continue;
    let trips = roundTrips.get(id);
    if (!trips) roundTrips.set(id, (trips = []));
    trips.push(plant.link.rtt_ms);
    if (trips.length > longestSpark) trips.shift();
  }
  // The rows of another transport are those of other plants.
  if (lastTransport !== null && lastTransport !== next.transport_mode) for (const b of buffers.values()) b.clear();
  lastTransport = next.transport_mode;
  state.value = next;
}

export function takeSample(plant: string, row: Row): void {
  if (buffer(plant).append(row)) samples.value = samples.peek() + 1;
}

/** Grows with every connection: what was asked over the old one is asked again. */
export const connections = signal(0);

export function takeConnection(next: Connection): void {
  if (next.state === 'open') connections.value = connections.peek() + 1;
  if (next.state === 'lost' && connection.peek().state !== 'lost') {
    lostAt.value = reading.peek()?.time ?? null;
    for (const b of buffers.values()) b.gap((b.times.at(-1) ?? 0) + 1);
  }
  if (next.state === 'open') lostAt.value = null;
  connection.value = next;
}

export function takeEvent(event: EventRecord): void {
  events.value = [event, ...events.peek()].slice(0, longestTail);
}
export function takeLog(line: LogLine): void {
  logLines.value = [line, ...logLines.peek()].slice(0, longestTail);
}

// ---- commands
/** Those asked for here that have not ended, by ref. */
export const pending = signal<Record<string, { kind: string; plant: string | null; record: CommandRecord | null }>>({});
