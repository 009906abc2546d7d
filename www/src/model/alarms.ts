// What needs attention, as groups: one fault is one alarm, with what follows from it under it. Whatever a page marks
// as not normal is in here too, so that nothing orange stands beside "all conditions are normal".

import { fixed, kw, voltageDecimals } from '../format/number';
import type { Alert, PlantState, State, Trip } from '../api/types';
import { level } from './words';

export type Level = 'high' | 'medium' | 'low';

/** A mark on the page: what a cell shows that is not normal. */
export interface Mark {
  cell: 'p' | 'q' | 'v' | 'link';
  level: Level;
  /** Beside the value. */
  word: string;
  /** In the summary. */
  text: string;
}

/** Half a per cent of the range beyond a limit is measurement. */
export const isBeyond = (v: number | null, low: number, high: number) => {
  const slack = (high - low) * 0.005;
  return v !== null && (v > high + slack || v < low - slack);
};

export function marks(plant: PlantState): Mark[] {
  const out: Mark[] = [];
  const { latest: l, model: m, link } = plant;
  if (isBeyond(l.p_poi_kw, m.p_min_kw, m.p_max_kw)) out.push({ cell: 'p', level: 'high', word: 'beyond its limit', text: `active power ${kw(l.p_poi_kw)} kW is beyond the limit of ${kw(l.p_poi_kw! > 0 ? m.p_max_kw : m.p_min_kw)} kW` });
  if (isBeyond(l.q_poi_kvar, m.q_min_kvar, m.q_max_kvar)) out.push({ cell: 'q', level: 'high', word: 'beyond its limit', text: `reactive power ${kw(l.q_poi_kvar)} kvar is beyond the limit of ${kw(l.q_poi_kvar! > 0 ? m.q_max_kvar : m.q_min_kvar)} kvar` });
  const v = l.v_poi_kV;
  if (m.v_min_kv !== null && m.v_max_kv !== null && v !== null && (v < m.v_min_kv || v > m.v_max_kv)) out.push({ cell: 'v', level: 'high', word: 'outside', text: `voltage ${fixed(v, voltageDecimals(m.nominal_kv))} kV is outside of its window` });
  if (link.status !== 'ok') out.push({ cell: 'link', level: 'medium', word: link.status === 'connecting' ? 'connecting' : link.status === 'unknown' ? 'no link' : 'lost', text: link.status === 'connecting' ? 'the link is being set up' : 'the link is lost' });
  else if (link.rtt_ms !== null && link.rtt_ms > link.slow_ms) out.push({ cell: 'link', level: 'medium', word: 'slow', text: `the link is slow, ${fixed(link.rtt_ms, 0)} ms` });
  return out;
}

/** Which alerts tell what a mark tells. */
const told: Record<Mark['cell'], RegExp> = {
  p: /\/(setpoint|device_limit\/.*|opposed\/.*|plan_not_feasible|safety\/setpoint_not_followed)$/,
  q: /\/(setpoint|device_limit\/.*|opposed\/.*|safety\/setpoint_not_followed)$/,
  v: /\/safety\/voltage_/,
  link: /\/(link|start|expect|safety\/link_lost|safety\/stale_data)$/,
};

export interface Group {
  level: Level;
  /** The name of the plant, or null for the site. */
  plant: string | null;
  plantId: string | null;
  text: string;
  since: string | null;
  alert: Alert | null;
  trip: Trip | null;
  /** What follows from it. */
  consequences: Alert[];
}

const order: Record<Level, number> = { high: 0, medium: 1, low: 2 };
const worst = (levels: Level[]): Level => levels.reduce((a, b) => (order[b] < order[a] ? b : a), 'low');

/** Highest first, then oldest first. */
export function groups(s: State): Group[] {
  const all = [...s.alerts.map((alert) => ({ alert, id: null as string | null })), ...Object.entries(s.plants).flatMap(([id, p]) => p.alerts.map((alert) => ({ alert, id })))];
  const name = (id: string | null) => (id === null ? null : (s.plants[id]?.name ?? id));
  const keys = new Set(all.map((x) => x.alert.key));
  const roots = all.filter((x) => !x.alert.because_of || !keys.has(x.alert.because_of));
  const out: Group[] = roots.map(({ alert, id }) => {
    const consequences = all.filter((x) => x.alert.because_of === alert.key).map((x) => x.alert);
    return { level: worst([alert, ...consequences].map((a) => level(a.severity))), plant: name(id), plantId: id, text: alert.message, since: alert.since, alert, trip: null, consequences };
  });
  for (const [id, plant] of Object.entries(s.plants)) {
    for (const trip of plant.trips) {
      // The trip is an alert of its own and of the same words: one fault, told once, with its reset.
      const same = out.find((g) => g.plantId === id && [g.alert, ...g.consequences].some((a) => a?.key === `${id}/safety/${trip.kind}`));
      if (same) Object.assign(same, { trip, level: 'high', text: `tripped: ${trip.message}` });
      else out.push({ level: 'high', plant: plant.name, plantId: id, text: `tripped: ${trip.message}`, since: trip.since, alert: null, trip, consequences: [] });
    }
    for (const mark of marks(plant)) {
      if (plant.alerts.some((a) => told[mark.cell].test(a.key))) continue;
      out.push({ level: mark.level, plant: plant.name, plantId: id, text: mark.text, since: null, alert: null, trip: null, consequences: [] });
    }
  }
  return out.sort((a, b) => order[a.level] - order[b.level] || (a.since ?? '9').localeCompare(b.since ?? '9'));
}

export interface AlarmSummary {
  level: Level | 'none';
  count: number;
  first: string;
}

export const groupText = (g: Group) => (g.plant && !g.text.includes(g.plant) ? `${g.plant}: ${g.text}` : g.text);

export function summary(s: State): AlarmSummary {
  const list = groups(s);
  const top = list[0];
  return top ? { level: top.level, count: list.length, first: groupText(top) } : { level: 'none', count: 0, first: '' };
}
