// What a plan cannot do, in words: what will happen instead, and the repairs that fit.

import { fixed, kw } from '../format/number';
import type { Zone } from '../format/zone';
import type { Violation } from '../api/types';
import type { Consequence } from './consequence';
import { setValue, type Draft } from './draft';

/** At the lower end of the charge: a discharge that cannot be. The end tells, not the value that was reached. */
export const atLow = (v: Violation) => v.limit < 0.5;

const minute = (at: string) => Math.floor(Date.parse(at) / 60_000) * 60_000;
const unitOf = (v: Violation) => (v.signal === 'p' ? 'kW' : 'kvar');

/** A setpoint that the plant will not be sent, in words; empty inside of the limits. */
export function beyondText(value: number, low: number, high: number, unit: string): string {
  if (!(value > high) && !(value < low)) return '';
  return `beyond the limit of ${kw(value > high ? high : low)} ${unit}`;
}

/** What will happen: "cannot discharge 54.0 kW: empty at 09:58". `asked`: the setpoint of that step, where it is known. */
export function headline(v: Violation, asked: number | null, zone: Zone, now: number): string {
  const at = zone.near(minute(v.from), now);
  switch (v.kind) {
    case 'power_limit':
      return `${kw(v.value)} ${unitOf(v)} at ${at} is beyond the limit: ${kw(v.limit)} ${unitOf(v)} will be dispatched`;
    case 'state_of_charge':
      return `cannot ${atLow(v) ? 'discharge' : 'charge'}${asked === null ? '' : ` ${kw(Math.abs(asked))} kW`}: ${atLow(v) ? 'empty' : 'full'} at ${at}`;
    case 'ramp':
      return `a step of ${kw(v.value)} kW at ${at} is steeper than the plant: it follows with ${kw(v.limit)} kW in one period`;
  }
}

export function details(v: Violation, zone: Zone, now: number): string {
  const until = zone.near(minute(v.to), now);
  switch (v.kind) {
    case 'power_limit':
      return `Until ${until}.`;
    case 'state_of_charge':
      return `${fixed(v.missing_kwh ?? null, 1)} kWh of the ${atLow(v) ? 'discharge' : 'charge'} until ${until} will not come.`;
    case 'ramp':
      return `Until ${until} it is on its way.`;
  }
}

/** Most harm first: what is beyond a limit is sent otherwise at once. */
export const byHarm = (all: readonly Violation[]) => [...all].sort((a, b) => rank(a) - rank(b) || a.from.localeCompare(b.from));
const rank = (v: Violation) => ({ power_limit: 0, state_of_charge: 1, ramp: 2 })[v.kind];

/** Every step brought to the limit that it is beyond. What has begun stays. */
export function limited(draft: Draft, low: number, high: number, now: number): Draft {
  return draft.rows.reduce((d, r, i) => (r.t > now && (r.v > high || r.v < low) ? setValue(d, i, Math.min(Math.max(r.v, low), high)) : d), draft);
}

/** Before a plan that cannot be followed is put in force. */
export function applyAnyway(verb: string, series: string, violations: readonly Violation[], zone: Zone, now: number): Consequence {
  const shown = byHarm(violations).slice(0, 6);
  const more = violations.length - shown.length;
  const line = (v: Violation) => {
    switch (v.kind) {
      case 'power_limit':
        return `**${kw(v.value)} ${unitOf(v)}** from ${zone.near(minute(v.from), now)} to ${zone.near(minute(v.to), now)} is beyond the limit: **${kw(v.limit)} ${unitOf(v)}** will be dispatched.`;
      case 'state_of_charge':
        return `${atLow(v) ? 'Empty' : 'Full'} at ${zone.near(minute(v.from), now)}: **${fixed(v.missing_kwh ?? null, 1)} kWh** of the ${atLow(v) ? 'discharge' : 'charge'} will not come.`;
      case 'ramp':
        return `The step of **${kw(v.value)} kW** at ${zone.near(minute(v.from), now)} is steeper than the plant.`;
    }
  };
  return {
    title: `${verb} ${series} although the plant cannot do all of it?`,
    text: [...shown.map(line), ...(more > 0 ? [`And ${more} more.`] : [])],
    verb: `${verb} all the same`,
  };
}
