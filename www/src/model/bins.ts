// Rows to what a few hundred pixels can show: for each bin the least, the greatest and the time-weighted mean.
// A row holds until the next one; a null row ends what is known.

import { duration } from '../format/number';

export interface Bins {
  from: number;
  width: number;
  min: (number | null)[];
  max: (number | null)[];
  mean: (number | null)[];
}

export function bin(times: readonly number[], values: readonly (number | null)[], from: number, to: number, count: number, until = to): Bins {
  const width = (to - from) / count;
  const min: (number | null)[] = new Array<number | null>(count).fill(null);
  const max = min.slice();
  const sum = new Array<number>(count).fill(0);
  const known = new Array<number>(count).fill(0);
  for (let i = 0; i < times.length; ++i) {
    const v = values[i];
    if (v === null || v === undefined) continue;
    const begin = Math.max(times[i]!, from);
    const end = Math.min(times[i + 1] ?? until, to, until);
    if (end < from || begin > to || end < begin) continue;
    const first = Math.min(count - 1, Math.max(0, Math.floor((begin - from) / width)));
    const last = Math.min(count - 1, Math.max(first, Math.ceil((end - from) / width) - 1));
    for (let k = first; k <= last; ++k) {
      const a = Math.max(begin, from + k * width);
      const b = Math.min(end, from + (k + 1) * width);
      min[k] = min[k] === null ? v : Math.min(min[k]!, v);
      max[k] = max[k] === null ? v : Math.max(max[k]!, v);
      sum[k]! += v * Math.max(0, b - a);
      known[k]! += Math.max(0, b - a);
    }
  }
  return { from, width, min, max, mean: sum.map((s, k) => (known[k]! > 0 ? s / known[k]! : (min[k] ?? null))) };
}

/** The bin at an instant. */
export function binAt(b: Bins, t: number): { min: number; max: number; mean: number } | null {
  const k = Math.floor((t - b.from) / b.width);
  const mean = b.mean[k];
  return mean === null || mean === undefined ? null : { min: b.min[k]!, max: b.max[k]!, mean };
}

/** A dash where nothing is known of gaps, "none" where there is none. */
export function longestGap(gaps: { count: number; longest_s: number } | null | undefined): string {
  if (!gaps) return '–';
  return gaps.count === 0 ? 'none' : duration(gaps.longest_s);
}

/** Discharged and charged energy, tracking error and the share of time that is known; rows hold until the next. */
export function figures(times: readonly number[], p: readonly (number | null)[], setpoint: readonly (number | null)[], from: number, to: number) {
  let out = 0;
  let taken = 0;
  let square = 0;
  let tracked = 0;
  let known = 0;
  for (let i = 0; i < times.length; ++i) {
    const begin = Math.max(times[i]!, from);
    const end = Math.min(times[i + 1] ?? times[i]!, to);
    const v = p[i];
    if (v === null || v === undefined || end <= begin) continue;
    const hours = (end - begin) / 3_600_000;
    known += end - begin;
    if (v > 0) out += v * hours;
    else taken -= v * hours;
    const s = setpoint[i];
    if (s !== null && s !== undefined) {
      square += (v - s) ** 2 * hours;
      tracked += hours;
    }
  }
  return {
    discharged_kwh: known ? out : null,
    charged_kwh: known ? taken : null,
    tracking_rms_kw: tracked ? Math.sqrt(square / tracked) : null,
    coverage: to > from ? known / (to - from) : null,
  };
}
