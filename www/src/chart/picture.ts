// From what is known of a plant to what its lanes show. No drawing and no state of its own.

import type { Effective, Model } from '../api/types';
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

export function laneSpec(lane: Lane, model: Model, data: SeriesBuffer, view: Range): LaneSpec {
  const limits = spans(model);
  switch (lane) {
    case 'p':
      return {
        label: 'Active power',
        range: around(limits.p, 0.055),
        limits: limits.p,
        zero: true,
        ticks: powerTicks(limits.p, 'kW'),
        traces: [
          { colour: 'p-soft', width: 3, step: true },
          { colour: 'p', width: 1.5, step: true, fill: { colour: 'p-wash', to: 0 } },
        ],
      };
    case 'q':
      return {
        label: 'Reactive power',
        range: around(limits.q, 0.055),
        limits: limits.q,
        zero: true,
        ticks: powerTicks(limits.q, 'kvar'),
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

function extent(data: SeriesBuffer, column: 'v_poi_kV', view: Range): Range | null {
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
export function gaps(data: SeriesBuffer, now: number | null, stale: boolean): Range[] {
  const out: Range[] = [];
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
  else if (stale && now !== null && data.times.length) out.push([data.times.at(-1)!, now]);
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
        lines.push({ points: next, colour: stale ? 'ghost' : colour, width: 1.5, dash: [1.5, 2.5], step: true, fill: stale ? 'inset' : 'p-wash' });
    } else {
      const column = lane === 'p' ? buffer.values.p_setpoint_kw : buffer.values.q_setpoint_kvar;
      lines.push({ points: times.map((t, i) => ({ t, v: column[i] ?? null })), colour, width: 1.5, dash: [1.5, 2.5], step: true });
    }
    if (lane === 'q') for (const l of lines) delete l.fill;
  }
  if (lane === 'soc' && effective?.projection) {
    const points = effective.projection.points.map((p) => ({ t: ms(p.time)!, v: p.soc_pu as number | null })).filter((p) => p.t >= ahead - 60_000);
    const current = stale ? null : (buffer.values.soc_pu.at(-1) ?? null);
    if (points.length) lines.push({ points: current === null ? points : [{ t: ahead, v: current }, ...points.filter((p) => p.t > ahead)], colour: stale ? 'ghost' : 'soc', width: 1.5, dash: [5, 4], step: false });
  }
  const out: LanePicture = { times, columns, lines, gaps: gaps(buffer, now, stale) };
  return lane === 'p' && past.overrides ? { ...out, strips: overrideStrips(effective) } : out;
}
