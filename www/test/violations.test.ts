import { describe, expect, it } from 'vitest';
import { applyAnyway, beyondText, byHarm, details, headline, limited } from '../src/model/violations';
import type { Violation } from '../src/api/types';
import { Zone } from '../src/format/zone';

const zone = new Zone('Europe/Madrid');
const now = Date.parse('2025-10-01T06:00:00Z');
const v = (over: Partial<Violation> = {}): Violation => ({ kind: 'state_of_charge', plant: 'lib', signal: 'p', from: '2025-10-01T07:58:30Z', to: '2025-10-01T08:30:00Z', value: -0.05, limit: 0, missing_kwh: 25, text: '', ...over });

describe('what a plan cannot do', () => {
  it('is told with what will happen', () => {
    expect(headline(v(), 54, zone, now)).toBe('cannot discharge 54.0 kW: empty at 09:58');
    expect(details(v(), zone, now)).toBe('25.0 kWh of the discharge until 10:30 will not come.');
    expect(headline(v({ limit: 1, value: 1.05 }), -54, zone, now)).toBe('cannot charge 54.0 kW: full at 09:58');
    expect(headline(v({ kind: 'power_limit', value: 900, limit: 160 }), null, zone, now)).toBe('900.0 kW at 09:58 is beyond the limit: 160.0 kW will be dispatched');
  });
  // A battery that gives less near its end reaches a charge above the bound: the end tells, not the value.
  it('is a discharge at the lower end whatever charge is reached', () => expect(headline(v({ value: 0.01 }), 54, zone, now)).toBe('cannot discharge 54.0 kW: empty at 09:58'));
  it('has what is beyond a limit first', () => expect(byHarm([v(), v({ kind: 'ramp' }), v({ kind: 'power_limit' })]).map((x) => x.kind)).toEqual(['power_limit', 'state_of_charge', 'ramp']));
  it('is asked about with its figures before it is put in force', () => {
    const c = applyAnyway('Update', 'VRFB P', [v(), v({ kind: 'power_limit', value: 900, limit: 160 })], zone, now);
    expect(c.verb).toBe('Update all the same');
    expect(c.text).toEqual(['**900.0 kW** from 09:58 to 10:30 is beyond the limit: **160.0 kW** will be dispatched.', 'Empty at 09:58: **25.0 kWh** of the discharge will not come.']);
  });
});

describe('limits', () => {
  it('are named at the cell', () => expect([beyondText(900, -160, 160, 'kW'), beyondText(-170, -160, 160, 'kW'), beyondText(160, -160, 160, 'kW'), beyondText(NaN, -160, 160, 'kW')]).toEqual(['beyond the limit of 160.0 kW', 'beyond the limit of \u2212160.0 kW', '', '']));
  it('are what every step ahead is held to', () => {
    const draft = { rows: [{ t: 1, v: 500 }, { t: 20, v: 500 }, { t: 30, v: -500 }, { t: 40, v: 10 }], end: 50 };
    expect(limited(draft, -160, 160, 10).rows.map((r) => r.v)).toEqual([500, 160, -160, 10]);
  });
});
