// From what is known of a plant to what its lanes show. No drawing and no state of its own.

import type { Column, Effective, Model } from '../api/types';
import { fixed, voltageDecimals } from '../format/number';
import { ms } from '../format/zone';
import type { SeriesBuffer } from '../model/series_buffer';
import { looseRange, referenceSource, roundTicks, voltageRange, type Lane, type Range } from './geometry';
import type { LaneLine, LanePicture, LaneSpec } from './lane_chart';

export interface PlantPast {
  buffer: SeriesBuffer;
  effective: Effective | null;
  model: Model;
  now: number | null;
  /** The page hears nothing, or the plant's samples are old: ahead goes grey, the hole is hatched. */
  stale: boolean;
  /** Dispatch drives the plant: else the plan is shown as nobody's, and nothing is projected. */
  outlook: boolean;
  /** Manual series replace the market plan: mark where. */
  overrides: boolean;
}

export function spans(model: Model): { p: Range; q: Range; soc: Range } {
  return {
    p: [model.p_min_kw, model.p_max_kw],
    q: [model.q_min_kvar, model.q_max_kvar],
    soc: [model.soc_min_pu ?? 0, model.soc_max_pu ?? 1],
  };
}

const whole = (v: number) => fixed(v, Number.isInteger(v) ? 0 : 1);

function around(range: Range, share: number): Range {
  const margin = (range[1] - range[0]) * share;
  return [range[0] - margin, range[1] + margin];
}

/** `toData`: power lanes as high as what is in view, plan included; else as the limits. */
export interface Scale {
  toData: boolean;
  effective: Effective | null;
}
const toLimits: Scale = { toData: false, effective: null };

export function laneSpec(lane: Lane, model: Model, data: SeriesBuffer, view: Range, scale: Scale = toLimits): LaneSpec {
  const limits = spans(model);
  const power = (signal: 'p' | 'q', unit: string) => {
    const whole = { range: around(limits[signal], 0.055), ticks: powerTicks(limits[signal], unit) };
    const seen = scale.toData ? powerExtent(signal, data, view, scale.effective) : null;
    if (!seen) return whole;
    const range = dataRange(seen, limits[signal]);
    // Labels at the very edge would be cut.
    const edge = (range[1] - range[0]) * 0.05;
    const marks = [...new Set([...roundTicks(range, 4), 0])].filter((v) => v === 0 || (v > range[0] + edge && v < range[1] - edge)).sort((a, b) => a - b);
    return { range, ticks: marks.map((v) => ({ v, label: v === 0 ? `0 ${unit}` : plain(v) })) };
  };
  switch (lane) {
    case 'p':
      return {
        label: 'Active power',
        limits: limits.p,
        zero: true,
        ...power('p', 'kW'),
        traces: [
          { colour: 'p-soft', width: 3, step: true },
          { colour: 'p', width: 1.5, step: true, fill: { colour: 'p-wash', to: 0 } },
        ],
      };
    case 'q':
      return {
        label: 'Reactive power',
        limits: limits.q,
        zero: true,
        ...power('q', 'kvar'),
        traces: [
          { colour: 'q-soft', width: 3.5, step: true },
          { colour: 'q', width: 1.75, step: true },
        ],
      };
    case 'soc': {
      const window = limits.soc;
      return {
        label: 'State of charge',
        range: around(window, 0.13),
        limits: window,
        zero: false,
        ticks: window.map((v) => ({ v, label: `${fixed(v * 100, 0)} %` })),
        traces: [{ colour: 'soc', width: 1.5, step: false }],
      };
    }
    case 'v': {
      const seen = extent(data, 'v_poi_kV', view);
      const range = voltageRange(model.nominal_kv, seen) ?? looseRange(seen, model.nominal_kv);
      const decimals = voltageDecimals(model.nominal_kv);
      // Labels at the very edge would be cut.
      const edge = (range[1] - range[0]) * 0.1;
      const ticks = roundTicks(range, 4).filter((v) => v > range[0] + edge && v < range[1] - edge);
      return {
        label: 'Voltage',
        range,
        limits: null,
        zero: false,
        ticks: ticks.map((v, i) => ({ v, label: i === Math.floor(ticks.length / 2) ? `${fixed(v, tickDecimals(ticks, decimals))} kV` : fixed(v, tickDecimals(ticks, decimals)) })),
        traces: [{ colour: 'v', width: 1.5, step: false }],
      };
    }
  }
}

function tickDecimals(ticks: readonly number[], most: number): number {
  for (let d = 0; d < most; ++d) if (ticks.every((t) => Math.abs(t - Number(t.toFixed(d))) < 1e-9)) return d;
  return most;
}

function powerTicks(limits: Range, unit: string) {
  return [
    { v: limits[0], label: whole(limits[0]) },
    { v: 0, label: `0 ${unit}` },
    { v: limits[1], label: whole(limits[1]) },
  ].filter((t, i) => i === 1 || t.v !== 0);
}

const plain = (v: number) => fixed(v, Number.isInteger(v) ? 0 : Number.isInteger(Number((v * 10).toFixed(6))) ? 1 : 2);

/** Round what is seen, with 0 in it, and never so high that noise fills a lane: a fiftieth of the limits at least. */
export function dataRange(seen: Range, limits: Range): Range {
  const least = (limits[1] - limits[0]) / 50;
  let low = Math.min(0, seen[0]);
  let high = Math.max(0, seen[1]);
  if (high - low < least) high = low + least;
  const margin = (high - low) * 0.12;
  return [low - margin, high + margin];
}

function powerExtent(signal: 'p' | 'q', data: SeriesBuffer, view: Range, effective: Effective | null): Range | null {
  const columns = signal === 'p' ? (['p_poi_kw', 'battery_active_power_kw', 'p_setpoint_kw'] as const) : (['q_poi_kvar', 'battery_reactive_power_kvar', 'q_setpoint_kvar'] as const);
  const found = columns.map((c) => extent(data, c, view)).filter((r): r is Range => r !== null);
  for (const s of effective?.segments ?? []) if (ms(s.to)! > view[0] && ms(s.from)! < view[1]) found.push([s[signal].value, s[signal].value]);
  return found.length ? [Math.min(...found.map((r) => r[0])), Math.max(...found.map((r) => r[1]))] : null;
}

function extent(data: SeriesBuffer, column: Column, view: Range): Range | null {
  let low = Infinity;
  let high = -Infinity;
  const values = data.values[column];
  for (let i = Math.max(0, data.before(view[0])); i < values.length && data.times[i]! <= view[1]; ++i) {
    const v = values[i];
    if (v === null || v === undefined) continue;
    if (v < low) low = v;
    if (v > high) high = v;
  }
  return low <= high ? [low, high] : null;
}

/** Where nothing is known: null rows, and from the last sample to now when it is old. */
export function gaps(data: SeriesBuffer, now: number | null, stale: boolean, view?: Range): Range[] {
  const out: Range[] = [];
  // Before the first row nothing is known, as far back as was asked.
  const begin = view && data.askedFrom !== null ? Math.max(view[0], data.askedFrom) : null;
  const end = data.times[0] ?? Math.min(now ?? Infinity, view?.[1] ?? -Infinity);
  if (begin !== null && end - begin > data.hole) out.push([begin, end]);
  const p = data.values.p_poi_kw;
  let from: number | null = null;
  for (let i = 0; i < data.times.length; ++i) {
    const empty = p[i] === null && data.values.soc_pu[i] === null;
    if (empty && from === null) from = data.times[Math.max(0, i)]!;
    else if (!empty && from !== null) {
      out.push([from, data.times[i]!]);
      from = null;
    }
  }
  if (from !== null && now !== null) out.push([from, now]);
  else if (now !== null && data.times.length && (stale || now - data.times.at(-1)! > data.hole)) out.push([data.times.at(-1)!, now]);
  return out;
}

export function planLine(effective: Effective | null, signal: 'p' | 'q', range: Range): { t: number; v: number | null }[] {
  const out: { t: number; v: number | null }[] = [];
  for (const s of effective?.segments ?? []) {
    const from = ms(s.from)!;
    const to = ms(s.to)!;
    if (to <= range[0] || from >= range[1]) continue;
    const v = s[signal].value;
    const last = out.at(-1);
    if (last && last.v === v) last.t = last.t;
    else out.push({ t: Math.max(from, range[0]), v });
  }
  const last = out.at(-1);
  if (last) out.push({ t: range[1], v: last.v });
  return out;
}

export function overrideStrips(effective: Effective | null): { from: number; to: number; label: string }[] {
  const out: { from: number; to: number; label: string }[] = [];
  for (const s of effective?.segments ?? []) {
    if (s.p.source !== 'manual' || s.p.reason !== 'plan') continue;
    const from = ms(s.from)!;
    const to = ms(s.to)!;
    const last = out.at(-1);
    if (last && last.to === from) last.to = to;
    else out.push({ from, to, label: 'manual' });
  }
  return out;
}

export function picture(lane: Lane, past: PlantPast, view: Range): LanePicture {
  const { buffer, effective, now, stale } = past;
  const grey = stale || !past.outlook;
  const ahead = now ?? view[1];
  const columns =
    lane === 'p'
      ? [buffer.values.battery_active_power_kw, buffer.values.p_poi_kw]
      : lane === 'q'
        ? [buffer.values.battery_reactive_power_kvar, buffer.values.q_poi_kvar]
        : lane === 'soc'
          ? [buffer.values.soc_pu]
          : [buffer.values.v_poi_kV];
  // A line holds until the last sample's successor, or now: the past ends at now, not at the last row.
  const times = buffer.times;
  const lines: LaneLine[] = [];
  if (lane === 'p' || lane === 'q') {
    const inView = (effective?.segments ?? []).some((s) => s[lane].reason === 'plan' && ms(s.to)! > view[0] && ms(s.from)! < view[1]);
    const colour = lane;
    if (referenceSource(inView) === 'schedule') {
      const behind = planLine(effective, lane, [view[0], Math.min(ahead, view[1])]);
      if (behind.length) lines.push({ points: behind, colour, width: 1.5, dash: [1.5, 2.5], step: true });
      const next = planLine(effective, lane, [Math.max(ahead, view[0]), view[1]]);
      if (next.length && ahead < view[1])
        lines.push({ points: next, colour: grey ? 'ghost' : colour, width: 1.5, dash: [1.5, 2.5], step: true, fill: grey ? 'inset' : 'p-wash' });
    } else {
      const column = lane === 'p' ? buffer.values.p_setpoint_kw : buffer.values.q_setpoint_kvar;
      lines.push({ points: times.map((t, i) => ({ t, v: column[i] ?? null })), colour, width: 1.5, dash: [1.5, 2.5], step: true });
    }
    if (lane === 'q') for (const l of lines) delete l.fill;
  }
  if (lane === 'soc' && past.outlook && effective?.projection) {
    const points = effective.projection.points.map((p) => ({ t: ms(p.time)!, v: p.soc_pu as number | null })).filter((p) => p.t >= ahead - 60_000);
    const current = stale ? null : (buffer.values.soc_pu.at(-1) ?? null);
    if (points.length) lines.push({ points: current === null ? points : [{ t: ahead, v: current }, ...points.filter((p) => p.t > ahead)], colour: stale ? 'ghost' : 'soc', width: 1.5, dash: [5, 4], step: false });
  }
  const out: LanePicture = { times, columns, lines, gaps: gaps(buffer, now, stale, view) };
  return lane === 'p' && past.overrides ? { ...out, strips: overrideStrips(effective) } : out;
}
