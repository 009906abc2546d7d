import { describe, expect, it } from 'vitest';
import { clampRange, looseRange, nowLine, pan, referenceSource, roundTicks, timeTicks, traces, voltageRange, zoomAt } from '../src/chart/geometry';
import { Zone } from '../src/format/zone';

describe('[AC-63] a chosen range', () => {
  it.each([
    [null, [100, 200]],
    [[0, 1], [100, 200]],
    [[300, 400], [100, 200]],
    [[150, 250], [150, 200]],
    [[180, 120], [120, 180]],
    [[150], [100, 200]],
    [['a', 150], [100, 200]],
    [[NaN, 150], [100, 200]],
    [[0, 100], [100, 200]],
  ])('%j becomes %j', (chosen, expected) => expect(clampRange(chosen as number[] | null, [100, 200])).toEqual(expected));
});

describe('zooming', () => {
  it('keeps the instant under the pointer', () => {
    const [a, b] = zoomAt([100, 200], 125, 0.5, [0, 1000], 1);
    expect((125 - a) / (b - a)).toBeCloseTo(0.25);
    expect(b - a).toBe(50);
  });
  it('ends at the domain and at the narrowest view', () => {
    expect(zoomAt([100, 200], 150, 100, [0, 1000], 1)).toEqual([0, 1000]);
    const [a, b] = zoomAt([100, 200], 150, 1e-9, [0, 1000], 10);
    expect(b - a).toBe(10);
    expect(pan([900, 950], 500, [0, 1000])).toEqual([950, 1000]);
    expect(pan([10, 60], -500, [0, 1000])).toEqual([0, 50]);
  });
});

describe('[AC-64] the traces of a plant', () => {
  it('come in one order, with one reference each for P and Q', () => {
    expect(traces(['p', 'soc', 'q', 'v']).map((t) => t.key)).toEqual([
      'p_ref', 'p_poi', 'p_battery', 'soc', 'q_ref', 'q_poi', 'q_battery', 'v',
    ]);
    expect(referenceSource(true)).toBe('schedule');
    expect(referenceSource(false)).toBe('recorded');
  });
  it('draw the point of connection above the battery', () => {
    const layer = (key: string) => traces(['p', 'q']).find((t) => t.key === key)!.layer;
    expect(layer('p_poi')).toBeGreaterThan(layer('p_battery'));
    expect(layer('q_poi')).toBeGreaterThan(layer('q_battery'));
  });
  it('are crossed by one now line in all lanes', () => {
    expect(nowLine(['p', 'soc', 'q', 'v'], 5, [0, 10])).toEqual({ at: 5, lanes: ['p', 'soc', 'q', 'v'] });
    expect(nowLine(['p'], 11, [0, 10])).toBeNull();
    expect(nowLine(['p'], null, [0, 10])).toBeNull();
  });
});

describe('[AC-65] the voltage axis', () => {
  it('is the data and a twentieth of the nominal around it below 10 kV', () => {
    const [low, high] = voltageRange(0.22, [0.22, 0.223])!;
    expect(low).toBeCloseTo(0.209, 6);
    expect(high).toBeCloseTo(0.234, 6);
  });
  it('is automatic from 10 kV on and without data', () => {
    expect(voltageRange(20, [19.9, 20.2])).toBeNull();
    expect(voltageRange(0.22, null)).toBeNull();
    expect(looseRange([20, 20], 20)[1]).toBeGreaterThan(20);
  });
});

describe('ticks', () => {
  const zone = new Zone('Europe/Madrid');
  const at = (s: string) => Date.parse(s);
  it('are round values within the range', () => expect(roundTicks([19.6, 20.4], 4)).toEqual([19.6, 19.8, 20, 20.2, 20.4]));
  it('name the days and stay on round hours', () => {
    const ticks = timeTicks([at('2025-09-30T22:00:00Z'), at('2025-10-02T22:00:00Z')], 1300, zone);
    expect(ticks.slice(0, 3).map((t) => t.label)).toEqual(['Wed 1 Oct', '03:00', '06:00']);
    expect(ticks.filter((t) => t.day).map((t) => t.label)).toEqual(['Wed 1 Oct', 'Thu 2 Oct', 'Fri 3 Oct']);
  });
  it.each([['2022-10-30', 25], ['2020-03-29', 23]])('stay on round hours on %s', (day) => {
    const from = zone.dayStart(at(`${day}T12:00:00Z`));
    const ticks = timeTicks([from, zone.addDays(from, 1)], 700, zone);
    for (const t of ticks) expect(zone.local(t.at).hour % 3).toBe(0);
    expect(new Set(ticks.map((t) => t.at)).size).toBe(ticks.length);
  });
  it('have both hours of the repeated one when they are an hour apart or less', () => {
    const from = zone.dayStart(at('2022-10-30T12:00:00Z'));
    const labels = timeTicks([from, from + 6 * 3_600_000], 700, zone).map((t) => t.label);
    expect(labels.filter((l) => l === '02:00')).toHaveLength(2);
  });
  it('of a long range are days', () => {
    const ticks = timeTicks([at('2025-09-01T00:00:00Z'), at('2025-10-01T00:00:00Z')], 800, zone);
    expect(ticks.every((t) => t.day)).toBe(true);
    expect(ticks.length).toBeGreaterThan(4);
    expect(ticks.length).toBeLessThan(12);
  });
});
