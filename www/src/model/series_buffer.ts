// The measured past of one plant as columns, fed by history and then by samples. Bounded: when it is full,
// neighbouring rows are merged so that the extremes of each remain.

import { columns, type Column, type Measurements, type Row } from '../api/types';
import { ms } from '../format/zone';

export const capacity = 12_000;

export class SeriesBuffer {
  /** Milliseconds, ascending. */
  times: number[] = [];
  values: Record<Column, (number | null)[]> = empty();
  /** Grows with every change. */
  revision = 0;
  /** Rows further apart than this have nothing known between them: one in six minutes is always kept. */
  hole = leastHole;
  /** From here on the history was asked for; before it nobody knows. */
  askedFrom: number | null = null;

  clear(): void {
    this.times = [];
    this.values = empty();
    ++this.revision;
  }

  /** History replaces what it covers; later samples stay. */
  load(answer: Measurements, askedFrom: number | null = null): void {
    const times: number[] = [];
    const values = empty();
    const order = columns.map((c) => answer.columns.indexOf(c) + 1);
    this.askedFrom = askedFrom;
    this.hole = holeOf(answer);
    for (const row of answer.rows) {
      const t = ms(row[0]);
      const last = times[times.length - 1];
      if (t === null || (last !== undefined && t <= last)) continue;
      if (last !== undefined && t - last > this.hole) {
        times.push(last + 1);
        for (const c of columns) values[c].push(null);
      }
      times.push(t);
      columns.forEach((c, i) => values[c].push(order[i]! > 0 ? ((row[order[i]!] as number | null) ?? null) : null));
    }
    const last = times.at(-1) ?? -Infinity;
    for (let i = 0; i < this.times.length; ++i) {
      if (this.times[i]! <= last) continue;
      times.push(this.times[i]!);
      for (const c of columns) values[c].push(this.values[c][i]!);
    }
    this.times = times;
    this.values = values;
    ++this.revision;
  }

  /** False for a row without a time or of the past. */
  append(row: Row): boolean {
    const t = ms(row.timestamp);
    const last = this.times.at(-1);
    if (t === null || t <= (last ?? -Infinity)) return false;
    if (last !== undefined && t - last > this.hole) {
      this.times.push(last + 1);
      for (const c of columns) this.values[c].push(null);
    }
    this.times.push(t);
    for (const c of columns) this.values[c].push(row[c] ?? null);
    if (this.times.length > capacity) this.thin();
    ++this.revision;
    return true;
  }

  /** A gap: nothing is known from here to the next row. */
  gap(t: number): void {
    const last = this.times.at(-1);
    if (last === undefined || t <= last || this.values.p_poi_kw.at(-1) === null) return;
    this.append({ timestamp: new Date(t).toISOString() } as Row);
  }

  /** Position of the last row at or before `t`; −1 before the first. */
  before(t: number): number {
    let low = 0;
    let high = this.times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.times[middle]! <= t) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  at(column: Column, t: number): number | null {
    const i = this.before(t);
    return i < 0 ? null : (this.values[column][i] ?? null);
  }

  /** Of four rows the one with the least and the one with the greatest active power stay; gaps stay. */
  private thin(): void {
    const p = this.values.p_poi_kw;
    const keep: number[] = [];
    const half = Math.floor(this.times.length / 2);
    for (let i = 0; i < half; i += 4) {
      const block = [i, i + 1, i + 2, i + 3].filter((k) => k < half);
      const gaps = block.filter((k) => p[k] === null);
      const known = block.filter((k) => p[k] !== null);
      const kept = new Set(gaps);
      if (known.length) {
        kept.add(known.reduce((a, b) => (p[b]! < p[a]! ? b : a)));
        kept.add(known.reduce((a, b) => (p[b]! > p[a]! ? b : a)));
      }
      keep.push(...[...kept].sort((a, b) => a - b));
    }
    for (let i = half; i < this.times.length; ++i) keep.push(i);
    this.times = keep.map((i) => this.times[i]!);
    for (const c of columns) {
      const column = this.values[c];
      this.values[c] = keep.map((i) => column[i]!);
    }
  }
}

export const leastHole = 400_000;
const coarsest = { rows: 0, minute: 150_000, quarter: 2_000_000 } as const;
/** Of an answer: rolled-up rows are further apart, and so are those that were thinned to what can be shown. */
function holeOf(answer: Measurements): number {
  const times = answer.rows.map((r) => ms(r[0])).filter((t): t is number => t !== null);
  const span = times.length > 1 ? times.at(-1)! - times[0]! : 0;
  return Math.max(leastHole, coarsest[answer.grain] ?? 0, answer.downsampled ? (4 * span) / Math.max(1, answer.rows.length) : 0);
}

function empty(): Record<Column, (number | null)[]> {
  return Object.fromEntries(columns.map((c) => [c, []])) as unknown as Record<Column, (number | null)[]>;
}
