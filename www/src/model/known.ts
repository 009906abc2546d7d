// What may be said of a plant now: whether it is heard, whether dispatch drives it, and what of its power is action.

import { fixed, kw } from '../format/number';
import { ms } from '../format/zone';
import type { PlantState, State } from '../api/types';
import { freshForMs } from './staleness';

/** Below this a battery neither charges nor discharges: one count of the usual registers. */
export const idleKw = 0.15;
/** Of the rating: less is losses, auxiliary load and noise, unless it is what was asked for. */
export const deadBand = 0.01;

export const rating = (plant: PlantState) => Math.max(Math.abs(plant.model.p_max_kw), Math.abs(plant.model.p_min_kw));

/** Null while the plant is heard; else since when it is not, where that is known. */
export function silence(plant: PlantState, state: State, now: number): { since: number | null } | null {
  const sampled = ms(plant.latest.timestamp);
  if (plant.link.status !== 'ok') return { since: ms(plant.link.silent_since ?? null) ?? sampled };
  if (sampled === null) return null;
  const patience = Math.max(10_000, 3 * freshForMs(state.site?.measurement_period_s ?? 2, state.clock?.speed ?? 1));
  return now - sampled > patience ? { since: sampled } : null;
}

/** Dispatch drives it: it runs, and its setpoints are sent. Of any other nothing is projected. */
export const isDispatched = (plant: PlantState, state: State, now: number): boolean =>
  plant.transition === 'running' && plant.dispatch.sending_enabled && !state.estop.latched && silence(plant, state, now) === null;

/** Why nothing is projected for a plant; empty where something is. */
export function noOutlook(plant: PlantState, state: State, now: number): string {
  if (isDispatched(plant, state, now)) return '';
  if (silence(plant, state, now)) return 'not known';
  return plant.transition === 'running' ? 'paused' : plant.transition;
}

/** " discharging 999.2 kW", " idle at 0.0 kW", " idle, auxiliary 4.0 kW"; empty where nothing is known. */
export function flow(plant: PlantState, p: number | null): string {
  if (p === null) return '';
  const size = Math.abs(p);
  const asked = plant.latest.p_setpoint_kw ?? 0;
  const wanted = Math.abs(asked) >= idleKw && asked * p > 0;
  if (size >= idleKw && (wanted || size >= deadBand * rating(plant))) return ` ${p > 0 ? 'discharging' : 'charging'} ${kw(size)} kW`;
  if (size < idleKw) return ' idle at 0.0 kW';
  return p < 0 ? ` idle, auxiliary ${kw(size)} kW` : ` idle at ${kw(size)} kW`;
}

/** More than what a stopped plant draws for itself. */
export const acts = (plant: PlantState, p: number | null) => p !== null && Math.abs(p) >= deadBand * rating(plant);

export const idle = (v: number) => Math.abs(v) < idleKw;
/** "400.0 kW discharge" */
export const doing = (v: number) => (idle(v) ? '0.0 kW' : `${kw(Math.abs(v))} kW ${v > 0 ? 'discharge' : 'charge'}`);
export const percentText = (pu: number | null) => (pu === null ? '' : `${fixed(pu * 100, 1)} %`);
