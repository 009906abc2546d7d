// What a chart shows, decided without drawing.

import { Zone } from '../format/zone';

export type Range = readonly [number, number];

/** A chosen range within what there is: nothing usable gives all of it. */
export function clampRange(chosen: readonly unknown[] | null | undefined, domain: Range): Range {
  const [low, high] = domain;
  if (!chosen || chosen.length !== 2) return [low, high];
  const [a, b] = chosen;
  if (typeof a !== 'number' || typeof b !== 'number' || !Number.isFinite(a) || !Number.isFinite(b)) return [low, high];
  const from = Math.min(a, b);
  const to = Math.max(a, b);
  if (to < low || from > high || from === to) return [low, high];
  if ((to === low || from === high) && low !== high) return [low, high];
  return [Math.max(low, from), Math.min(high, to)];
}

/** Wheel: the instant under the pointer stays there. The width stays within bounds, the whole within the domain. */
export function zoomAt(view: Range, at: number, factor: number, domain: Range, narrowest: number): Range {
  const width = view[1] - view[0];
  const wanted = Math.min(Math.max(width * factor, narrowest), domain[1] - domain[0]);
  const share = width > 0 ? (at - view[0]) / width : 0.5;
  return shiftInto([at - share * wanted, at + (1 - share) * wanted], domain);
}

export function pan(view: Range, by: number, domain: Range): Range {
  return shiftInto([view[0] + by, view[1] + by], domain);
}

function shiftInto(view: Range, domain: Range): Range {
  const width = Math.min(view[1] - view[0], domain[1] - domain[0]);
  const from = Math.min(Math.max(view[0], domain[0]), domain[1] - width);
  return [from, from + width];
}

/** Low voltage: the data and a twentieth of the nominal voltage around it. From 10 kV on the axis finds its own range. */
export function voltageRange(nominalKv: number, data: Range | null): Range | null {
  if (nominalKv >= 10 || !data) return null;
  const margin = 0.05 * nominalKv;
  return [data[0] - margin, data[1] + margin];
}

/** A range for data that has none of its own: a tenth around it, never without height. */
export function looseRange(data: Range | null, around: number): Range {
  if (!data) return [around * 0.95, around * 1.05];
  const margin = Math.max((data[1] - data[0]) * 0.15, Math.abs(around) * 0.001, 1e-6);
  return [data[0] - margin, data[1] + margin];
}

/** Round values inside a range, at most `most`. */
export function roundTicks(range: Range, most: number): number[] {
  const span = range[1] - range[0];
  if (!(span > 0) || most < 1) return [];
  const rough = span / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => span / s <= most) ?? 10 * power;
  const out: number[] = [];
  for (let k = Math.ceil(range[0] / step - 1e-9); k * step <= range[1] + step * 1e-9; ++k) out.push(Number((k * step).toPrecision(12)));
  return out;
}

export type Lane = 'p' | 'soc' | 'q' | 'v';
export interface Trace {
  key: 'p_ref' | 'p_poi' | 'p_battery' | 'soc' | 'q_ref' | 'q_poi' | 'q_battery' | 'v';
  lane: Lane;
  label: string;
  unit: string;
  shape: 'step' | 'line';
  /** Higher is drawn later, above. */
  layer: number;
}

const allTraces: Trace[] = [
  { key: 'p_ref', lane: 'p', label: 'Setpoint, plan', unit: 'kW', shape: 'step', layer: 3 },
  { key: 'p_poi', lane: 'p', label: 'P at grid', unit: 'kW', shape: 'step', layer: 2 },
  { key: 'p_battery', lane: 'p', label: 'P battery', unit: 'kW', shape: 'step', layer: 1 },
  { key: 'soc', lane: 'soc', label: 'State of charge', unit: '%', shape: 'line', layer: 1 },
  { key: 'q_ref', lane: 'q', label: 'Q setpoint', unit: 'kvar', shape: 'step', layer: 3 },
  { key: 'q_poi', lane: 'q', label: 'Q at grid', unit: 'kvar', shape: 'step', layer: 2 },
  { key: 'q_battery', lane: 'q', label: 'Q battery', unit: 'kvar', shape: 'step', layer: 1 },
  { key: 'v', lane: 'v', label: 'Voltage', unit: 'kV', shape: 'line', layer: 1 },
];

/** In the order of names and readouts. One reference for P and one for Q, whatever the sources are. */
export function traces(lanes: readonly Lane[]): Trace[] {
  return allTraces.filter((t) => lanes.includes(t.lane));
}

/** Where a reference comes from: the effective schedule if it says anything in the view, else what was recorded. */
export function referenceSource(scheduleInView: boolean): 'schedule' | 'recorded' {
  return scheduleInView ? 'schedule' : 'recorded';
}

/** One now line, in every lane that is shown; none when now is outside of the view. */
export function nowLine(lanes: readonly Lane[], now: number | null, view: Range): { at: number; lanes: readonly Lane[] } | null {
  return now === null || now < view[0] || now > view[1] ? null : { at: now, lanes };
}

/**
 * Whether what was asked for a view no longer serves another: nothing before its begin is known, a rolling one is
 * asked again when it has moved by a twentieth, and another width wants another resolution.
 */
export function needsAsking(view: Range, asked: Range): boolean {
  const width = view[1] - view[0];
  return view[0] < asked[0] - 1000 || view[0] - asked[0] > width / 20 || Math.abs(asked[1] - asked[0] - width) > width / 50;
}

export interface TimeTick {
  at: number;
  label: string;
  /** Begin of a local day. */
  day: boolean;
}

const minute = 60_000;
const hour = 60 * minute;
const steps = [
  1000, 2000, 5000, 10_000, 15_000, 30_000,
  minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute,
  hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour,
];

/** Ticks on round local times, about `spacing` pixels apart; days have their name. */
export function timeTicks(view: Range, width: number, zone: Zone, spacing = 78): TimeTick[] {
  const [from, to] = view;
  if (!(to > from) || width <= 0) return [];
  const most = Math.max(1, Math.floor(width / spacing));
  const step = steps.find((s) => (to - from) / s <= most);
  const out: TimeTick[] = [];
  if (step === undefined) {
    const days = Math.max(1, Math.ceil((to - from) / (24 * hour) / most));
    for (let t = zone.dayStart(from), n = 0; t <= to && n < 1000; t = zone.addDays(t, days), ++n) {
      if (t >= from) out.push({ at: t, label: zone.day(t), day: true });
    }
    return out;
  }
  // Day by day, so that ticks stay on round local times on a day of 23 or 25 hours. Up to an hour both hours of
  // the repeated one have ticks; beyond, the wall clock leads.
  for (let day = zone.dayStart(from), n = 0; day <= to && n < 1000; ++n) {
    const next = zone.addDays(day, 1);
    const ticks =
      step <= hour
        ? every(Math.max(day, day + Math.ceil((from - day) / step) * step), Math.min(next - 1, to), step)
        : wallTimes(day, step, zone);
    for (const t of ticks) {
      if (t < from || t > to || t >= next) continue;
      out.push({ at: t, label: t === day ? zone.day(t) : step < minute ? zone.clockSeconds(t) : zone.clock(t), day: t === day });
    }
    day = next;
  }
  return out;
}

function every(first: number, last: number, step: number): number[] {
  const out: number[] = [];
  for (let t = first; t <= last; t += step) out.push(t);
  return out;
}

function wallTimes(day: number, step: number, zone: Zone): number[] {
  const date = zone.local(day);
  return every(0, 24 * hour - 1, step).map((t) => zone.instant({ ...date, hour: t / hour, minute: 0, second: 0 }));
}
