// One line a plant: what, how much, why, until when, what next. The bold part is the fact, the rest the reason.

import { kw } from '../format/number';
import { ms, type Zone } from '../format/zone';
import type { PlantState, Source, State, Target } from '../api/types';
import { planName, reasonInWords } from './words';

export interface Sentence {
  bold: string;
  rest: string;
}

/** Below this a battery neither charges nor discharges: one count of the usual registers. */
export const idleKw = 0.15;

export function sentence(plant: PlantState, state: State, zone: Zone, now: number): Sentence {
  const name = plant.name;
  const p = plant.latest.p_poi_kw;
  if (state.estop.latched) {
    const since = ms(state.estop.since);
    const at = since === null ? '' : ` at ${zone.near(since, now)}`;
    return plant.operating_state === 'running'
      ? { bold: `${name} still runs${flow(p)}`, rest: ` after the emergency stop${at}.` }
      : { bold: `${name} ${plant.operating_state === 'stopped' ? 'stopped' : 'unknown'}`, rest: ` by the emergency stop${at}.` };
  }
  switch (plant.transition) {
    case 'starting':
      return { bold: `${name} starting`, rest: step(plant) };
    case 'stopping':
      return { bold: `${name} stopping${flow(p)}`, rest: step(plant) };
    case 'unknown':
      return { bold: `${name} unknown`, rest: `: ${plant.link.last_error ?? 'the plant does not say whether it runs'}.` };
    case 'stopped': {
      const trip = plant.trips[0];
      if (trip) return { bold: `${name} stopped`, rest: ` by a trip: ${trip.message}.` };
      const target = plant.dispatch.target.p;
      if (target.reason === 'plan' && target.value !== null && target.value !== 0)
        return { bold: `${name} stopped`, rest: `; the ${planName(target.source)} asks for ${doing(target.value)}${until(target, zone, now)}.` };
      return { bold: `${name} stopped`, rest: '.' };
    }
    case 'running':
      return { bold: `${name}${flow(p) || ' running'}`, rest: why(plant, state.active_schedule_source, zone, now) };
  }
}

function why(plant: PlantState, active: Source, zone: Zone, now: number): string {
  const t = plant.dispatch.target.p;
  if (!plant.dispatch.sending_enabled) {
    const last = plant.latest.p_setpoint_kw;
    return last === null ? '; dispatch is paused.' : `; dispatch is paused and its last setpoint, ${kw(last)} kW, holds.`;
  }
  if (t.value === null) return '; its target is not known.';
  if (t.reason !== 'plan') return `: ${reasonInWords(t.reason)}, so 0.0 kW${begins(t, zone, now)}.`;
  const override = t.source === 'manual' && active === 'api';
  const what = override ? ' on a manual override' : ` for the ${planName(t.source)}`;
  const limited = t.limit ? ` (held by ${t.limit.replace(/_/g, ' ')})` : '';
  if (override && t.base !== null)
    return `${what}${until(t, zone, now)}${limited}; the market plan asks for ${doing(t.base)}.`;
  return `${what}${until(t, zone, now)}${limited}${then(t)}.`;
}

const until = (t: Target, zone: Zone, now: number) => {
  const at = ms(t.until);
  return at === null ? '' : ` until ${zone.near(at, now)}`;
};
const begins = (t: Target, zone: Zone, now: number) => {
  const at = ms(t.until);
  return at === null || !t.next || t.next.reason !== 'plan' ? '' : ` until ${zone.near(at, now)}, then ${state(t.next.value)}`;
};
const then = (t: Target) => (!t.next ? '' : t.next.reason === 'plan' ? `, then ${state(t.next.value)}` : `, then ${reasonInWords(t.next.reason)}`);

const idle = (v: number) => Math.abs(v) < idleKw;
/** " discharging 999.2 kW"; empty when nothing is known. */
const flow = (v: number | null) => (v === null ? '' : idle(v) ? ' idle at 0.0 kW' : ` ${v > 0 ? 'discharging' : 'charging'} ${kw(Math.abs(v))} kW`);
const state = (v: number) => (idle(v) ? 'idle' : `${v > 0 ? 'discharging' : 'charging'} at ${kw(Math.abs(v))} kW`);
const doing = (v: number) => (idle(v) ? '0.0 kW' : `${kw(Math.abs(v))} kW ${v > 0 ? 'discharge' : 'charge'}`);
const step = (plant: PlantState) => (plant.operation?.step ? `: ${plant.operation.step}.` : '.');

/** Last known, in short, for the banner of a lost connection. */
export function lastKnown(plant: PlantState): string {
  if (plant.transition !== 'running') return `${plant.name} ${plant.transition}`;
  return `${plant.name}${flow(plant.latest.p_poi_kw) || ' running'}`;
}

/** The two lines under a plant's name: what holds until when, and what then. */
export function underName(plant: PlantState, active: Source, zone: Zone, now: number): [string, string] {
  const t = plant.dispatch.target.p;
  if (plant.trips.length) return ['Tripped', plant.trips[0]!.message];
  if (plant.operation) return [plant.operation.step || 'Command runs', ''];
  if (plant.transition === 'running' && !plant.dispatch.sending_enabled) return ['Dispatch paused', 'last setpoint holds'];
  const override = t.source === 'manual' && active === 'api';
  const first =
    t.reason === 'plan'
      ? `${override ? 'Manual' : t.source === 'api' ? 'Market plan' : 'Manual plan'}${until(t, zone, now)}`
      : capital(reasonInWords(t.reason));
  const parts: string[] = [];
  if (t.next) parts.push(t.next.reason === 'plan' ? `then ${kw(t.next.value)} kW` : `then ${reasonInWords(t.next.reason)}`);
  if (override && t.base !== null) parts.push(`plan ${kw(t.base)} kW`);
  return [first, parts.join('; ')];
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
