// What a command will do, in numbers, said before it is asked for.

import { energy, kw, fixed } from '../format/number';
import { ms, type Zone } from '../format/zone';
import type { PlantState, State, Transport } from '../api/types';
import { planName } from './words';

export interface Consequence {
  title: string;
  /** Sentences; the parts between ** are the figures. */
  text: string[];
  verb: string;
}

/** A safe stop: zero, wait for the power to decay, disable. Measured on the emulators with the shipped ramps. */
const stopSeconds = 5;

/** What the plan asks from now until its next change, as energy; null when nothing is planned. */
export function undelivered(plant: PlantState, now: number): { kwh: number; until: number } | null {
  const t = plant.dispatch.target.p;
  const until = ms(t.until);
  // What is not dispatched is not delivered anyway, and an empty battery gives nothing that a stop would take.
  if (plant.transition !== 'running' || !plant.dispatch.sending_enabled || t.end) return null;
  if (t.reason !== 'plan' || !t.value || until === null || until <= now) return null;
  return { kwh: Math.abs(t.value) * ((until - now) / 3_600_000), until };
}

export function stopPlant(plant: PlantState, zone: Zone, now: number): Consequence {
  return { title: `Stop ${plant.name}?`, text: [stopText(plant), planText(plant, zone, now)].filter(Boolean), verb: `Stop ${plant.name}` };
}

export function stopAll(state: State, zone: Zone, now: number): Consequence {
  const plants = Object.values(state.plants);
  return {
    title: 'Stop all plants?',
    text: [
      ...plants.map((p) => `${p.name}: ${from(p)}.`),
      `Dispatch off, setpoints to 0, then disable, all plants side by side. About **${stopSeconds} s**. Recording ends.`,
      ...plants.map((p) => planText(p, zone, now)).filter(Boolean),
    ],
    verb: 'Stop all',
  };
}

/** Every plant that changes: a running one, too, whose paused dispatch is turned on or whose recording begins. */
export function startAll(state: State, zone: Zone, now: number): Consequence {
  const plants = Object.values(state.plants);
  const recordings = plants.filter((p) => !p.recording.on).map((p) => p.name);
  const changes = plants.map((p) => startText(p, zone, now)).filter(Boolean);
  return {
    title: 'Start all plants?',
    text: [
      recordings.length ? `Recording begins for **${list(recordings)}**.` : '',
      changes.length ? 'Then dispatch on and start:' : 'All plants run and are dispatched already.',
      ...changes,
    ].filter(Boolean),
    verb: 'Start all',
  };
}

export function switchTransport(state: State, to: Transport): Consequence {
  const running = Object.values(state.plants).filter((p) => p.transition !== 'stopped');
  return {
    title: `Switch transport to ${to}?`,
    text: [
      running.length
        ? `${list(running.map((p) => `${p.name} (${from(p)})`))} ${running.length > 1 ? 'are' : 'is'} stopped first, about **${stopSeconds} s**.`
        : 'No plant is running.',
      to === 'remote'
        ? 'From then on commands reach the controllers of the configured **remote** addresses. Nothing is started.'
        : 'From then on the plants are **emulated** inside the service. Nothing is started.',
      'If a plant cannot be disabled, the switch is refused.',
    ],
    verb: `Switch to ${to}`,
  };
}

export function switchSource(state: State, to: 'manual' | 'api'): Consequence {
  const running = Object.values(state.plants).filter((p) => p.transition !== 'stopped');
  return {
    title: `Switch to the ${planName(to)}?`,
    text: [
      running.length
        ? `${list(running.map((p) => `${p.name} (${from(p)})`))} ${running.length > 1 ? 'are' : 'is'} stopped first, about **${stopSeconds} s**.`
        : 'No plant is running.',
      to === 'api'
        ? 'From then on the market plan is dispatched; each active manual series replaces its own signal.'
        : 'From then on only the manual series are dispatched; without one a setpoint is **0**.',
    ],
    verb: to === 'api' ? 'Switch to market' : 'Switch to manual',
  };
}

function stopText(plant: PlantState): string {
  const p = plant.latest.p_setpoint_kw;
  const q = plant.latest.q_setpoint_kvar;
  const known = [p === null ? '' : `**${kw(p)} kW**`, q === null ? '' : `**${fixed(q, 1)} kvar**`].filter(Boolean).join(' and ');
  return `Dispatch off, setpoints to 0${known ? ` from ${known}` : ''}, then disable. About **${stopSeconds} s**.`;
}

function planText(plant: PlantState, zone: Zone, now: number): string {
  const lost = undelivered(plant, now);
  if (!lost) return '';
  const t = plant.dispatch.target.p;
  const e = energy(lost.kwh);
  return `The ${planName(t.source)} asks ${plant.name} for ${kw(t.value)} kW until ${zone.near(lost.until, now)}; **${e.value} ${e.unit}** of it will not be delivered.`;
}

function from(plant: PlantState): string {
  if (plant.transition === 'stopped') return 'stopped';
  const p = plant.latest.p_poi_kw;
  return p === null ? `${plant.transition}, power not known` : `from **${kw(p)} kW**`;
}

function startText(plant: PlantState, zone: Zone, now: number): string {
  const moving = plant.transition === 'running' || plant.transition === 'starting';
  if (plant.trips.length) return `${plant.name}: left as it is, a trip is latched.`;
  if (moving && plant.dispatch.sending_enabled) return '';
  const t = plant.dispatch.target.p;
  const until = ms(t.until);
  const to = t.value === null ? null : `**${kw(t.value)} kW**${until === null ? '' : ` until ${zone.near(until, now)}`}`;
  if (!moving) return `${plant.name}: ${to === null ? 'its first setpoint is not known.' : `begins at ${to}.`}`;
  const present = plant.latest.p_poi_kw;
  return `${plant.name}: dispatch on, goes from ${present === null ? 'a power that is not known' : `**${kw(present)} kW**`} to ${to ?? 'a setpoint that is not known'}.`;
}

const list = (names: string[]) => (names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`);
