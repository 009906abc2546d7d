import { describe, expect, it } from 'vitest';
import { startAll, stopPlant, switchTransport, undelivered } from '../src/model/consequence';
import { lastKnown, sentence, underName } from '../src/model/sentence';
import type { Alert, PlantState, State, Target } from '../src/api/types';
import { isDispatched, noOutlook } from '../src/model/known';
import { Zone } from '../src/format/zone';

const zone = new Zone('Europe/Madrid');
const now = Date.parse('2025-10-01T16:47:32Z');
const target = (value: number | null, over: Partial<Target> = {}): Target => ({ value, source: 'api', reason: 'plan', until: '2025-10-01T17:00:00Z', next: { value: -1000, source: 'api', reason: 'plan' }, base: null, limit: null, ...over });
function plant(over: Partial<PlantState> = {}, p: number | null = 999.2, t = target(1000)): PlantState {
  return {
    name: 'LIB', transition: 'running', desired: 'running', operating_state: 'running', enabled: true, operation: null,
    recording: { on: true, file: null },
    dispatch: { sending_enabled: true, p_kw: 1000, q_kvar: 0, source: null, status: 'ok', last_success_at: null, last_error: null, target: { p: t, q: target(0) } },
    link: { status: 'ok', age_s: 0, consecutive_failures: 0, last_error: null, rtt_ms: 40, slow_ms: 250, lost: 0 },
    latest: { timestamp: '2025-10-01T16:47:31Z', p_setpoint_kw: 1000, battery_active_power_kw: p, q_setpoint_kvar: 197, battery_reactive_power_kvar: 0, soc_pu: 0.79, p_poi_kw: p, q_poi_kvar: 0, v_poi_kV: 20 },
    posting: { pending_queue_count: 0, oldest_pending_age_s: null, last_success: null, last_attempt: null, last_error: null, last_enqueue: null },
    alerts: [], trips: [],
    model: { capacity_kwh: 500, p_min_kw: -1000, p_max_kw: 1000, q_min_kvar: -600, q_max_kvar: 600, nominal_kv: 20, v_min_kv: null, v_max_kv: null, soc_min_pu: null, soc_max_pu: null },
    plan_revision: 1,
    ...over,
  };
}
const zeroAsked = (p: PlantState) => ({ ...p, latest: { ...p.latest, p_setpoint_kw: 0 } });
const smallAsked = (p: PlantState) => ({ ...p, latest: { ...p.latest, p_setpoint_kw: 5 } });
const lost = (p: PlantState): PlantState => ({ ...p, latest: { ...p.latest, timestamp: null }, link: { ...p.link, status: 'lost', silent_since: '2025-10-01T16:40:00Z' } });
const old = (p: PlantState) => ({ ...p, latest: { ...p.latest, timestamp: '2025-10-01T16:46:00Z' } });
const state = (over: Partial<State> = {}): State => ({ active_schedule_source: 'api', estop: { latched: false, reason: null, since: null }, plants: { lib: plant() }, ...over }) as State;
const say = (p: PlantState, s = state()) => {
  const x = sentence(p, s, zone, now);
  return `[${x.bold}]${x.rest}`;
};

describe('the sentence of a plant', () => {
  it.each<[string, PlantState, State, string]>([
    ['market plan', plant(), state(), '[LIB discharging 999.2 kW] for the market plan until 19:00, then charging at 1000.0 kW.'],
    ['override', plant({}, -60.4, target(-60, { source: 'manual', base: 160 })), state(), '[LIB charging 60.4 kW] on a manual override until 19:00; the market plan asks for 160.0 kW discharge.'],
    ['manual', plant({}, 0, target(0, { source: 'manual', next: null, until: null })), state({ active_schedule_source: 'manual' }), '[LIB idle at 0.0 kW] for the manual plan.'],
    ['no plan', plant({}, 0, target(0, { source: 'none', reason: 'no_plan', until: null, next: null })), state(), '[LIB idle at 0.0 kW]: no plan was given, so 0.0 kW.'],
    ['stale plan', plant({}, 0, target(0, { reason: 'api_stale', next: null, until: null })), state(), '[LIB idle at 0.0 kW]: the market plan is too old, so 0.0 kW.'],
    ['limited', plant({}, 500, target(500, { asked: 900, limit: 'p_max_kw' })), state(), "[LIB discharging 500.0 kW] for the market plan until 19:00, held at 500.0 kW discharge: the plan asks for 900.0 kW, more than the plant's limit of discharge; then charging at 1000.0 kW."],
    ['derated', plant({}, 50, target(50, { asked: 900, limit: 'soc_low', next: null })), state(), '[LIB discharging 50.0 kW] for the market plan until 19:00, held at 50.0 kW discharge: power is taken back, the state of charge is low.'],
    ['empty', plant({}, 0, target(400, { source: 'manual', asked: 400, end: 'empty' })), state({ active_schedule_source: 'manual' }), '[LIB empty, idle at 0.0 kW]: the manual plan asks for 400.0 kW discharge until 19:00, then charging at 1000.0 kW.'],
    ['empty under a plan beyond the limit', plant({}, 0, target(1000, { asked: 1200, limit: 'p_max_kw', end: 'empty', next: null })), state(), '[LIB empty, idle at 0.0 kW]: the market plan asks for 1200.0 kW discharge until 19:00.'],
    ['full', plant({}, -20, target(-400, { asked: -400, end: 'full', next: null })), state(), '[LIB full, charging 20.0 kW]: the market plan asks for 400.0 kW charge until 19:00.'],
    ['not followed', plant({ alerts: [{ key: 'lib/plan_not_feasible' } as Alert] }, 0, target(400, { asked: 400, next: null })), state(), '[LIB idle at 0.0 kW], though the market plan asks for 400.0 kW discharge until 19:00.'],
    ['auxiliary load', zeroAsked(plant({}, -4, target(0, { next: null }))), state(), '[LIB idle, auxiliary 4.0 kW] for the market plan until 19:00.'],
    ['noise', zeroAsked(plant({}, 3.1, target(0, { next: null }))), state(), '[LIB idle at 3.1 kW] for the market plan until 19:00.'],
    ['a small setpoint that is followed', smallAsked(plant({}, 5, target(5, { next: null }))), state(), '[LIB discharging 5.0 kW] for the market plan until 19:00.'],
    ['a lost link', lost(plant({}, null)), state(), '[LIB not known since 18:40]: the link is lost.'],
    ['a lost link while the emergency stop is latched', lost(plant({}, null)), state({ estop: { latched: true, reason: null, since: '2025-10-01T16:47:40Z' } }), '[LIB not known since 18:40]: the link is lost, and nothing confirms the emergency stop at 18:47:40.'],
    ['values that do not come', old(plant()), state(), '[LIB not known since 18:46]: its values do not come.'],
    ['stopped, yet with power', plant({ transition: 'stopped' }, 50, target(0)), state(), '[LIB stopped, yet discharging 50.0 kW].'],
    ['stopped, with its auxiliary load', plant({ transition: 'stopped' }, -4, target(0)), state(), '[LIB stopped].'],
    ['power not known', plant({}, null), state(), '[LIB running] for the market plan until 19:00, then charging at 1000.0 kW.'],
    ['starting', plant({ transition: 'starting', operation: { id: '', kind: '', step: 'enabling', since: '' } }), state(), '[LIB starting]: enabling.'],
    ['stopped', plant({ transition: 'stopped' }, 0), state(), '[LIB stopped]; the market plan asks for 1000.0 kW discharge until 19:00.'],
    ['tripped', plant({ transition: 'stopped', trips: [{ kind: 'soc_window', message: 'state of charge 4.9 %', since: '' }] }, 0), state(), '[LIB stopped] by a trip: state of charge 4.9 %.'],
    ['unknown [D-28]', plant({ transition: 'unknown' }), state(), '[LIB unknown]: the plant does not say whether it runs.'],
    ['stopped for emergency', plant({ transition: 'stopped', operating_state: 'stopped' }), state({ estop: { latched: true, reason: null, since: '2025-10-01T16:47:40Z' } }), '[LIB stopped] by the emergency stop at 18:47:40.'],
    ['still running after it', plant(), state({ estop: { latched: true, reason: null, since: '2025-10-01T16:47:40Z' } }), '[LIB still runs discharging 999.2 kW] after the emergency stop at 18:47:40.'],
  ])('%s', (_name, p, s, expected) => expect(say(p, s)).toBe(expected));

  it('says that a paused plant holds its last setpoint', () => {
    const p = plant();
    p.dispatch.sending_enabled = false;
    expect(say(p)).toBe('[LIB discharging 999.2 kW]; dispatch is paused and its last setpoint, 1000.0 kW, holds.');
    expect(underName(p, state(), zone, now)).toEqual(['Dispatch paused', 'last setpoint holds']);
  });
  it('says what a lost plant was seen to do last, and nothing is known of it anywhere', () => {
    const p = lost(plant({}, null));
    expect(sentence(p, state(), zone, now, 300).rest).toBe(': the link is lost. Last seen discharging 300.0 kW.');
    expect(underName(p, state(), zone, now)).toEqual(['Not known since 18:40', 'link lost']);
    expect(lastKnown(p)).toBe('LIB not known');
  });
  it('promises nothing for a plant that is not dispatched', () => {
    const paused = plant();
    paused.dispatch.sending_enabled = false;
    const latched = state({ estop: { latched: true, reason: null, since: null } });
    expect(underName(plant({ transition: 'stopped' }), state(), zone, now)).toEqual(['Not dispatched', 'plan asks 1000.0 kW']);
    expect([noOutlook(plant(), state(), now), noOutlook(paused, state(), now), noOutlook(plant({ transition: 'stopped' }), state(), now), noOutlook(lost(plant()), state(), now)]).toEqual(['', 'paused', 'stopped', 'not known']);
    expect(isDispatched(plant(), latched, now)).toBe(false);
    expect(undelivered(paused, now)).toBeNull();
    expect(undelivered(plant({ transition: 'stopped' }), now)).toBeNull();
  });
  it('is short under the name, and in the banner of a lost connection', () => {
    expect(underName(plant(), state(), zone, now)).toEqual(['Market plan until 19:00', 'then \u22121000.0 kW']);
    expect(lastKnown(plant())).toBe('LIB discharging 999.2 kW');
    expect(lastKnown(plant({ transition: 'stopped' }))).toBe('LIB stopped');
  });
});

describe('a confirmation', () => {
  it('says in numbers what a stop will do, and what of the plan is lost', () => {
    const c = stopPlant(plant(), zone, now);
    expect(c.verb).toBe('Stop LIB');
    expect(c.text[0]).toBe('Dispatch off, setpoints to 0 from **1000.0 kW** and **197.0 kvar**, then disable. About **5 s**.');
    expect(c.text[1]).toBe('The market plan asks LIB for 1000.0 kW until 19:00; **207.8 kWh** of it will not be delivered.');
  });
  it('claims no loss where nothing is planned, and no number where none is known', () => {
    const p = plant({}, null, target(0));
    p.latest.p_setpoint_kw = p.latest.q_setpoint_kvar = null;
    expect(undelivered(p, now)).toBeNull();
    expect(stopPlant(p, zone, now).text).toEqual(['Dispatch off, setpoints to 0, then disable. About **5 s**.']);
  });
  it('of start all names the first setpoints, of a switch the plants it stops', () => {
    const stopped = state({ plants: { lib: plant({ transition: 'stopped' }), vrfb: plant({ name: 'VRFB' }) } });
    expect(startAll(stopped, zone, now).text.slice(1)).toEqual(['LIB: begins at **1000.0 kW** until 19:00.']);
    expect(startAll(stopped, zone, now).text[0]).toBe('Then dispatch on and start:');
    expect(switchTransport(stopped, 'remote').text[0]).toBe('VRFB (from **999.2 kW**) is stopped first, about **5 s**.');
  });
  it('of start all names running plants whose dispatch is turned on, and whose recording begins', () => {
    const paused = { ...plant().dispatch, sending_enabled: false };
    const off = { on: false, file: null };
    const s = state({
      plants: {
        lib: plant({ dispatch: paused }, 12.5),
        vrfb: plant({ name: 'VRFB', recording: off }),
        third: plant({ name: 'Third', transition: 'stopped', recording: off }, 0, target(null)),
        tripped: plant({ name: 'Tripped', transition: 'stopped', trips: [{ kind: 'soc_window', message: '', since: '' }] }),
      },
    });
    expect(startAll(s, zone, now).text).toEqual([
      'Recording begins for **VRFB and Third**.',
      'Then dispatch on and start:',
      'LIB: dispatch on, goes from **12.5 kW** to **1000.0 kW** until 19:00.',
      'Third: its first setpoint is not known.',
      'Tripped: left as it is, a trip is latched.',
    ]);
    expect(startAll(state(), zone, now).text).toEqual(['All plants run and are dispatched already.']);
  });
});
