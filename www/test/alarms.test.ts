import { describe, expect, it } from 'vitest';
import { groups, isBeyond, summary } from '../src/model/alarms';
import type { Alert, PlantState, State } from '../src/api/types';

const alert = (key: string, over: Partial<Alert> = {}): Alert => ({ id: key.length, key, severity: 'warning', plant: key.split('/')[0]!, message: key, since: '2025-10-01T10:00:00Z', acknowledged_at: null, acknowledged_by: null, because_of: null, ...over });
const plant = (over: Partial<PlantState> = {}): PlantState =>
  ({ name: 'LIB', alerts: [], trips: [], link: { status: 'ok', rtt_ms: 40, slow_ms: 250 }, latest: { p_poi_kw: 0, q_poi_kvar: 0, v_poi_kV: 20 }, model: { p_min_kw: -1000, p_max_kw: 1000, q_min_kvar: -600, q_max_kvar: 600, nominal_kv: 20, v_min_kv: 16, v_max_kv: 24 }, ...over }) as PlantState;
const state = (lib: PlantState, alerts: Alert[] = []) => ({ plants: { lib }, alerts }) as unknown as State;

describe('alarms', () => {
  it('are one for one fault: what follows from it stands under it and is not counted', () => {
    const lib = plant({
      link: { status: 'lost', rtt_ms: null, slow_ms: 250 } as PlantState['link'],
      alerts: [alert('lib/safety/stale_data', { because_of: 'lib/link' }), alert('lib/link', { message: 'no link' }), alert('lib/safety/link_lost', { because_of: 'lib/link', severity: 'alarm' })],
    });
    expect(summary(state(lib))).toEqual({ level: 'high', count: 1, first: 'LIB: no link' });
    expect(groups(state(lib))[0]!.consequences.map((a) => a.key)).toEqual(['lib/safety/stale_data', 'lib/safety/link_lost']);
  });
  it('stand for themselves when their cause is over', () => {
    expect(groups(state(plant({ alerts: [alert('lib/safety/stale_data', { because_of: 'lib/link' })] }))).length).toBe(1);
  });
  it('and a trip are told once, with the trip', () => {
    const lib = plant({ alerts: [alert('lib/safety/soc_low', { severity: 'alarm' })], trips: [{ kind: 'soc_low', message: 'state of charge 2 %', since: '2025-10-01T10:00:00Z' }] });
    expect(summary(state(lib))).toEqual({ level: 'high', count: 1, first: 'LIB: tripped: state of charge 2 %' });
  });
  it.each<[string, PlantState, string]>([
    ['a slow link', plant({ link: { status: 'ok', rtt_ms: 412, slow_ms: 250 } as PlantState['link'] }), 'LIB: the link is slow, 412 ms'],
    ['a lost link before its alert is there', plant({ link: { status: 'lost', rtt_ms: null, slow_ms: 250 } as PlantState['link'] }), 'LIB: the link is lost'],
    ['power beyond its limit', plant({ latest: { p_poi_kw: 1050, q_poi_kvar: 0, v_poi_kV: 20 } as PlantState['latest'] }), 'LIB: active power 1050.0 kW is beyond the limit of 1000.0 kW'],
    ['a voltage outside of its window', plant({ latest: { p_poi_kw: 0, q_poi_kvar: 0, v_poi_kV: 15 } as PlantState['latest'] }), 'LIB: voltage 15.00 kV is outside of its window'],
  ])('are never none beside a value that is marked: %s', (_, lib, first) => expect(summary(state(lib))).toMatchObject({ count: 1, first }));
  it('are none where nothing is marked', () => {
    expect(summary(state(plant()))).toEqual({ level: 'none', count: 0, first: '' });
    expect([isBeyond(1005, -1000, 1000), isBeyond(1011, -1000, 1000), isBeyond(null, 0, 1)]).toEqual([false, true, false]);
  });
});
