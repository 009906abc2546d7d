// The draft of one series and everything that may be done to it. Steps hold until the next one, the last until
// the end. What has begun is locked: nobody changes the past, and what runs now ends by a new step.

import { parseNumber } from '../format/number';
import { parseTime, utc, type Zone } from '../format/zone';
import type { Steps, Violation } from '../api/types';

export interface DraftRow {
  t: number;
  /** NaN: nothing is planned until the next step. */
  v: number;
}
export interface Draft {
  rows: readonly DraftRow[];
  /** Exclusive. */
  end: number;
  /** What it was made from, for people. */
  madeFrom?: string;
}

export const empty: Draft = { rows: [], end: 0 };
/** Steps may not be closer than this. */
export const shortest = 1000;

export function fromSteps(steps: Steps | null): Draft {
  if (!steps || steps.rows.length === 0) return empty;
  const draft: Draft = { rows: steps.rows.map((r) => ({ t: Date.parse(r.time), v: r.value ?? NaN })), end: Date.parse(steps.end) };
  return steps.made_from ? { ...draft, madeFrom: steps.made_from } : draft;
}
export function toSteps(draft: Draft): Steps {
  const steps: Steps = { rows: draft.rows.map((r) => ({ time: utc(r.t), value: Number.isNaN(r.v) ? null : r.v })), end: utc(draft.end) };
  return draft.madeFrom ? { ...steps, made_from: draft.madeFrom } : steps;
}
export const same = (a: Draft, b: Draft): boolean =>
  a.rows.length === b.rows.length && (a.rows.length === 0 || a.end === b.end) && a.rows.every((r, i) => r.t === b.rows[i]!.t && Object.is(r.v + 0, b.rows[i]!.v + 0));

/** Null outside of the series, and where nothing is planned. */
export function valueAt(draft: Draft, t: number): number | null {
  const last = draft.rows.length - 1;
  if (last < 0 || t < draft.rows[0]!.t || t >= draft.end) return null;
  let i = last;
  while (i > 0 && draft.rows[i]!.t > t) --i;
  return orNull(draft.rows[i]!.v);
}
const orNull = (v: number): number | null => (Number.isNaN(v) ? null : v);
export const stepEnd = (draft: Draft, i: number) => draft.rows[i + 1]?.t ?? draft.end;
/** The whole step has begun: its level and its begin belong to the past. */
export const locked = (draft: Draft, i: number, now: number) => draft.rows[i]!.t <= now;

export function setValue(draft: Draft, i: number, v: number): Draft {
  return { ...draft, rows: draft.rows.map((r, k) => (k === i ? { ...r, v } : r)) };
}

/** Moves a begin between its neighbours; index rows.length is the end. */
export function setTime(draft: Draft, i: number, t: number, now: number): Draft {
  const low = Math.max(i > 0 ? draft.rows[i - 1]!.t + shortest : -Infinity, now + shortest);
  const high = i < draft.rows.length ? stepEnd(draft, i) - shortest : Infinity;
  if (low > high) return draft;
  const at = Math.min(Math.max(t, low), high);
  if (i === draft.rows.length) return { ...draft, end: at };
  return { ...draft, rows: draft.rows.map((r, k) => (k === i ? { ...r, t: at } : r)) };
}

/**
 * A new step; before the begin or past the end the series grows to it, an hour beyond the end. A series has no
 * holes: what lies between the old end and a later step is 0, as it was without a plan.
 */
export function insert(draft: Draft, t: number, v: number): Draft {
  const rows = draft.rows.filter((r) => r.t !== t);
  if (rows.length && t > draft.end) rows.push({ t: draft.end, v: 0 });
  const at = rows.findIndex((r) => r.t > t);
  const row = { t, v };
  const next = at < 0 ? [...rows, row] : [...rows.slice(0, at), row, ...rows.slice(at)];
  return { ...draft, rows: next, end: draft.rows.length === 0 || t >= draft.end ? t + 3_600_000 : draft.end };
}

/** Without the step its predecessor holds on; without the last one there is nothing. */
export function remove(draft: Draft, i: number): Draft {
  const rows = draft.rows.filter((_, k) => k !== i);
  return rows.length === 0 ? empty : { ...draft, rows };
}

/** `rows` replace what the draft says from their begin to their end. */
export function overlay(draft: Draft, other: Draft): Draft {
  if (other.rows.length === 0) return draft;
  const begin = other.rows[0]!.t;
  const before = draft.rows.filter((r) => r.t < begin);
  const resumes = valueAt(draft, other.end);
  const after = draft.rows.filter((r) => r.t >= other.end);
  const rows = [...before];
  if (before.length && draft.end < begin) rows.push({ t: draft.end, v: 0 });
  rows.push(...other.rows);
  if (after.length || resumes !== null) {
    if (after[0]?.t !== other.end) rows.push({ t: other.end, v: resumes ?? 0 });
    rows.push(...after);
  }
  const madeFrom = other.madeFrom ?? draft.madeFrom;
  return { ...(madeFrom ? { madeFrom } : {}), rows, end: Math.max(draft.rows.length ? draft.end : -Infinity, other.end) };
}

/** Spans in which two drafts differ, as pieces of constant values; null: nothing is said. */
export function differences(a: Draft, b: Draft, from: number, to: number): { from: number; to: number; a: number | null; b: number | null }[] {
  const cuts = new Set<number>([from, to]);
  for (const d of [a, b]) {
    for (const r of d.rows) cuts.add(r.t);
    if (d.rows.length) cuts.add(d.end);
  }
  const times = [...cuts].filter((t) => t >= from && t <= to).sort((x, y) => x - y);
  const out: { from: number; to: number; a: number | null; b: number | null }[] = [];
  for (let i = 0; i + 1 < times.length; ++i) {
    const va = valueAt(a, times[i]!);
    const vb = valueAt(b, times[i]!);
    if (va !== vb) out.push({ from: times[i]!, to: times[i + 1]!, a: va, b: vb });
  }
  return out;
}

/** How many steps differ: those of the draft that say something new, and those of the old that are gone. */
export function changeCount(draft: Draft, applied: Draft, now: number): number {
  const key = (d: Draft, i: number) => `${Math.max(d.rows[i]!.t, now)}|${stepEnd(d, i)}|${d.rows[i]!.v}`;
  const keys = (d: Draft) => d.rows.map((_, i) => i).filter((i) => stepEnd(d, i) > now).map((i) => key(d, i));
  const mine = new Set(keys(draft));
  const theirs = new Set(keys(applied));
  const fresh = [...mine].filter((k) => !theirs.has(k)).length;
  const gone = [...theirs].filter((k) => !mine.has(k)).length;
  return Math.max(fresh, gone);
}

/** What the applied series said during a step: its values in order. */
export function wasDuring(applied: Draft, from: number, to: number): (number | null)[] {
  const out: (number | null)[] = [];
  const cuts = [from, ...applied.rows.map((r) => r.t), ...(applied.rows.length ? [applied.end] : [])].filter((t) => t >= from && t < to).sort((a, b) => a - b);
  for (const t of cuts) {
    const v = valueAt(applied, t);
    if (out.length === 0 || out.at(-1) !== v) out.push(v);
  }
  return out;
}

// ---- paste

export type Pasted = { draft: Draft } | { problem: string };

/**
 * Rows of a spreadsheet: `time value`, or `hours minutes seconds setpoint` after `start`. `end` or nothing as the
 * last value ends the series; without it the last step is as long as the one before it, or an hour.
 */
export function parseRows(text: string, zone: Zone, start: number): Pasted {
  const rows: DraftRow[] = [];
  let end: number | null = null;
  const lines = text.split(/\r?\n/);
  for (let n = 0; n < lines.length; ++n) {
    // A last cell may be empty, and is one.
    const line = lines[n]!.replace(/^\s+| +$/g, '');
    if (!line) continue;
    const cells = (line.includes('\t') ? line.split('\t') : line.includes(';') ? line.split(';') : line.split(',')).map((c) => c.trim());
    // Columns without anything in them, as spreadsheets copy them.
    while (cells.length > 2 && cells.at(-1) === '' && (cells.length !== 4 || cells[2] === '')) cells.pop();
    const where = `Row ${n + 1}`;
    if (end !== null) return { problem: `${where}: there is a row after the end.` };
    if (rows.length === 0 && /[a-z]{4}/i.test(cells[0]!)) continue; // a heading
    let t: number | null;
    let valueText: string;
    if (cells.length === 4) {
      const [h, m, s] = cells.slice(0, 3).map((c) => (/^\d+$/.test(c) ? Number(c) : NaN)) as [number, number, number];
      if (!(h >= 0) || !(m <= 59) || !(s <= 59)) return { problem: `${where}: hours, minutes and seconds must be whole numbers, minutes and seconds up to 59.` };
      t = start + ((h * 60 + m) * 60 + s) * 1000;
      valueText = cells[3]!;
    } else if (cells.length === 2) {
      t = parseTime(cells[0]!, zone, rows.at(-1)?.t ?? start);
      if (t === null) return { problem: `${where}: "${cells[0]}" is no time.` };
      valueText = cells[1]!;
    } else return { problem: `${where}: two columns are wanted (time and value), ${cells.length} were found.` };
    if (rows.length && t <= rows.at(-1)!.t) return { problem: `${where}: its time is not later than the row before.` };
    if (/^(end)?$/i.test(valueText)) {
      if (rows.length === 0) return { problem: `${where}: the series begins with its end.` };
      end = t;
      continue;
    }
    const v = parseNumber(valueText);
    if (v === null) return { problem: `${where}: "${valueText}" is no number.` };
    rows.push({ t, v });
  }
  if (rows.length === 0) return { problem: 'There are no rows in it.' };
  const last = rows.at(-1)!;
  const before = rows.at(-2);
  return { draft: { rows, end: end ?? last.t + (before ? last.t - before.t : 3_600_000) } };
}

// ---- repairs of a state of charge that leaves its window

export interface Repair {
  label: 'end' | 'lower';
  /** When the step ends, or what it is lowered to. */
  value: number;
  draft: Draft;
}

/** Both ways out for the step in which the window is left; none for a step that the draft does not own. */
export function repairs(draft: Draft, violation: Violation, now: number, decimals = 1): Repair[] {
  const at = Date.parse(violation.from);
  const i = draft.rows.findIndex((r, k) => r.t <= at && at < stepEnd(draft, k));
  if (i < 0) return [];
  const row = draft.rows[i]!;
  const to = stepEnd(draft, i);
  if (row.v === 0 || Number.isNaN(row.v)) return [];
  // The end falls on the whole second before the bound is reached.
  const cut = Math.floor(at / 1000) * 1000;
  const out: Repair[] = [];
  // The window is left as the step begins: nothing of it can stay.
  if (cut <= row.t && row.t > now) out.push({ label: 'end', value: row.t, draft: zeroSame(setValue(draft, i, 0), to, row.v, Date.parse(violation.to)) });
  else if (cut > Math.max(row.t, now)) out.push({ label: 'end', value: cut, draft: zeroSame(insert(draft, cut, 0), cut, row.v, Date.parse(violation.to)) });
  const begin = Math.max(row.t, now);
  if (row.t > now && at > begin && at < to) {
    const scale = 10 ** decimals;
    const v = (Math.floor((Math.abs(row.v) * ((at - begin) / (to - begin))) * scale) / scale) * Math.sign(row.v);
    out.push({ label: 'lower', value: v, draft: zeroSame(setValue(draft, i, v), to, row.v, Date.parse(violation.to)) });
  }
  return out;
}

/** Later steps in the same direction would leave the window again: until it is inside they are 0. */
function zeroSame(draft: Draft, from: number, sign: number, to: number): Draft {
  return { ...draft, rows: draft.rows.map((r) => (r.t >= from && r.t < to && Math.sign(r.v) === Math.sign(sign) ? { ...r, v: 0 } : r)) };
}

// ---- undo

export class Undo<T> {
  private past: T[] = [];
  private future: T[] = [];
  constructor(private present: T, private readonly most = 200) {}
  get value(): T {
    return this.present;
  }
  get canUndo(): boolean {
    return this.past.length > 0;
  }
  get canRedo(): boolean {
    return this.future.length > 0;
  }
  set(next: T): void {
    this.past.push(this.present);
    if (this.past.length > this.most) this.past.shift();
    this.future = [];
    this.present = next;
  }
  undo(): T {
    const before = this.past.pop();
    if (before !== undefined) {
      this.future.push(this.present);
      this.present = before;
    }
    return this.present;
  }
  redo(): T {
    const after = this.future.pop();
    if (after !== undefined) {
      this.past.push(this.present);
      this.present = after;
    }
    return this.present;
  }
}
