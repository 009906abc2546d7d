// One line a plant: what, how much, why, until when, what next. The bold part is the fact, the rest the reason.

import { kw } from '../format/number';
import { ms, type Zone } from '../format/zone';
import type { PlantState, Source, State, Target } from '../api/types';
import { acts, doing, flow, idle, silence } from './known';
import { limitInWords, planName, reasonInWords } from './words';

export interface Sentence {
  bold: string;
  rest: string;
}

/** `seen`: the last active power that was measured, where the page knows it. */
export function sentence(plant: PlantState, state: State, zone: Zone, now: number, seen: number | null = null): Sentence {
  const name = plant.name;
  const p = plant.latest.p_poi_kw;
  const silent = silence(plant, state, now);
  if (silent) return notKnown(plant, state, silent.since, zone, now, seen);
  if (state.estop.latched) {
    const at = latchedAt(state, zone, now);
    return plant.operating_state === 'running'
      ? { bold: `${name} still runs${flow(plant, p)}`, rest: ` after the emergency stop${at}.` }
      : { bold: `${name} ${plant.operating_state === 'stopped' ? 'stopped' : 'unknown'}`, rest: ` by the emergency stop${at}.` };
  }
  switch (plant.transition) {
    case 'starting':
      return { bold: `${name} starting`, rest: step(plant) };
    case 'stopping':
      return { bold: `${name} stopping${flow(plant, p)}`, rest: step(plant) };
    case 'unknown':
      return { bold: `${name} unknown`, rest: `: ${plant.link.last_error ?? 'the plant does not say whether it runs'}.` };
    case 'stopped': {
      const bold = acts(plant, p) ? `${name} stopped, yet${flow(plant, p)}` : `${name} stopped`;
      const trip = plant.trips[0];
      if (trip) return { bold, rest: ` by a trip: ${trip.message}.` };
      const target = plant.dispatch.target.p;
      if (target.reason === 'plan' && target.value !== null && target.value !== 0)
        return { bold, rest: `; the ${planName(target.source)} asks for ${doing(target.value)}${until(target, zone, now)}.` };
      return { bold, rest: '.' };
    }
    case 'running':
      return running(plant, state, zone, now);
  }
}

const latchedAt = (state: State, zone: Zone, now: number) => {
  const since = ms(state.estop.since);
  return since === null ? '' : ` at ${zone.near(since, now)}`;
};

function notKnown(plant: PlantState, state: State, since: number | null, zone: Zone, now: number, seen: number | null): Sentence {
  const bold = `${plant.name} not known${since === null ? '' : ` since ${zone.near(since, now)}`}`;
  const why = plant.link.status === 'connecting' && since === null ? 'there is no connection yet' : plant.link.status === 'ok' ? 'its values do not come' : 'the link is lost';
  const last = seen === null ? '' : ` Last seen${flow(plant, seen)}.`;
  if (state.estop.latched) return { bold, rest: `: ${why}, and nothing confirms the emergency stop${latchedAt(state, zone, now)}.${last}` };
  return { bold, rest: plant.operation?.step ? `: ${why}; ${plant.operation.step}.${last}` : `: ${why}.${last}` };
}

function running(plant: PlantState, state: State, zone: Zone, now: number): Sentence {
  const t = plant.dispatch.target.p;
  const p = plant.latest.p_poi_kw;
  const what = flow(plant, p);
  if (plant.dispatch.sending_enabled && t.reason === 'plan' && t.value !== null) {
    const asks = `the ${planName(t.source)} asks for ${doing(t.asked ?? t.value)}${until(t, zone, now)}${then(t)}.`;
    if (t.end) return { bold: `${plant.name} ${t.end}${what ? `,${what}` : ''}`, rest: `: ${asks}` };
    if (plant.alerts.some((a) => a.key.endsWith('/plan_not_feasible'))) return { bold: `${plant.name}${what || ' running'}`, rest: `, though ${asks}` };
  }
  return { bold: `${plant.name}${what || ' running'}`, rest: why(plant, state.active_schedule_source, zone, now) };
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
  const limited = t.limit ? `, held at ${doing(t.value)}: ${limitInWords(t.limit, t.asked ?? null)}` : '';
  if (override && t.base !== null)
    return `${what}${until(t, zone, now)}${limited}; the market plan asks for ${doing(t.base)}.`;
  return `${what}${until(t, zone, now)}${limited}${limited && t.next ? ';' : ''}${then(t).replace(/^,/, limited ? '' : ',')}.`;
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
const state = (v: number) => (idle(v) ? 'idle' : `${v > 0 ? 'discharging' : 'charging'} at ${kw(Math.abs(v))} kW`);
const step = (plant: PlantState) => (plant.operation?.step ? `: ${plant.operation.step}.` : '.');

/** Last known, in short, for the banner of a lost connection. */
export function lastKnown(plant: PlantState): string {
  if (plant.link.status !== 'ok') return `${plant.name} not known`;
  if (plant.transition !== 'running') return `${plant.name} ${plant.transition}`;
  return `${plant.name}${flow(plant, plant.latest.p_poi_kw) || ' running'}`;
}

/** The two lines under a plant's name: what holds until when, and what then. Nothing is promised that is not dispatched. */
export function underName(plant: PlantState, state: State, zone: Zone, now: number): [string, string] {
  const t = plant.dispatch.target.p;
  if (plant.trips.length) return ['Tripped', plant.trips[0]!.message];
  if (plant.operation) return [plant.operation.step || 'Command runs', ''];
  const silent = silence(plant, state, now);
  if (silent) return [silent.since === null ? 'Not known' : `Not known since ${zone.near(silent.since, now)}`, plant.link.status === 'ok' ? 'values do not come' : 'link lost'];
  if (state.estop.latched) return ['Emergency stop', 'nothing is dispatched'];
  if (plant.transition === 'stopped') return ['Not dispatched', t.reason === 'plan' && t.value ? `plan asks ${kw(t.value)} kW` : ''];
  if (plant.transition === 'running' && !plant.dispatch.sending_enabled) return ['Dispatch paused', 'last setpoint holds'];
  const override = t.source === 'manual' && state.active_schedule_source === 'api';
  const first =
    t.reason === 'plan'
      ? `${override ? 'Manual' : t.source === 'api' ? 'Market plan' : 'Manual plan'}${until(t, zone, now)}`
      : capital(reasonInWords(t.reason));
  const parts: string[] = [];
  if (t.end) parts.push(`${t.end}, asked ${kw(t.asked ?? t.value)} kW`);
  else if (t.next) parts.push(t.next.reason === 'plan' ? `then ${kw(t.next.value)} kW` : `then ${reasonInWords(t.next.reason)}`);
  if (override && t.base !== null) parts.push(`plan ${kw(t.base)} kW`);
  return [first, parts.join('; ')];
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
