import { describe, expect, it } from 'vitest';
import { columns, type Measurements, type Row } from '../src/api/types';
import { bin, binAt, figures, longestGap } from '../src/model/bins';
import { capacity, SeriesBuffer } from '../src/model/series_buffer';

describe('bins', () => {
  it('weigh by time and keep the extremes', () => {
    const b = bin([0, 30, 60], [10, 100, 0], 0, 120, 2);
    expect(b.min).toEqual([10, 0]);
    expect(b.max).toEqual([100, 0]);
    expect(b.mean).toEqual([55, 0]);
  });
  it('know nothing in a gap [D-19]', () => {
    const b = bin([0, 10, 50], [1, null, 2], 0, 60, 6);
    expect(b.mean).toEqual([1, null, null, null, null, 2]);
    expect(binAt(b, 25)).toBeNull();
    expect(binAt(b, 5)).toEqual({ min: 1, max: 1, mean: 1 });
  });
  it('do not go on past what is known', () => expect(bin([0], [5], 0, 40, 4, 20).mean).toEqual([5, 5, null, null]));
  it('never lose a peak of one row', () => {
    const times = Array.from({ length: 1000 }, (_, i) => i);
    const values = times.map((t) => (t === 333 ? 99 : 0));
    expect(Math.max(...bin(times, values, 0, 1000, 7).max.map((v) => v ?? 0))).toBe(99);
  });
});

describe('figures of a range', () => {
  it('integrate rows that hold', () => {
    const h = 3_600_000;
    const f = figures([0, h, 2 * h, 3 * h], [100, -50, null, 0], [100, -40, null, 0], 0, 4 * h);
    expect(f.discharged_kwh).toBe(100);
    expect(f.charged_kwh).toBe(50);
    expect(f.tracking_rms_kw).toBeCloseTo(Math.sqrt(50));
    expect(f.coverage).toBe(0.5);
  });
  it('tell no gap from an unknown one', () => {
    expect(longestGap(undefined)).toBe('–');
    expect(longestGap({ count: 0, longest_s: 0 })).toBe('none');
    expect(longestGap({ count: 2, longest_s: 130 })).toBe('2 min 10 s');
  });
  it('are unknown, not 0, without rows', () => expect(figures([], [], [], 0, 10).discharged_kwh).toBeNull());
});

describe('the measured past', () => {
  const row = (t: number, p: number | null): Row => ({ ...(Object.fromEntries(columns.map((c) => [c, p])) as unknown as Row), timestamp: new Date(t).toISOString() });
  const answer = (rows: [number, number | null][]): Measurements => ({ plant: 'lib', transport: 'local', grain: 'rows', rows_in_range: rows.length, downsampled: false, columns: [...columns], rows: rows.map(([t, p]) => [new Date(t).toISOString(), ...columns.map(() => p)]) });
  it('grows with samples and refuses old ones [D-10]', () => {
    const b = new SeriesBuffer();
    expect(b.append(row(1000, 1))).toBe(true);
    expect(b.append(row(1000, 2))).toBe(false);
    expect(b.append(row(500, 2))).toBe(false);
    expect(b.at('p_poi_kw', 1500)).toBe(1);
    expect(b.at('p_poi_kw', 500)).toBeNull();
  });
  it('keeps samples that are newer than the history that arrives', () => {
    const b = new SeriesBuffer();
    b.append(row(5000, 5));
    b.append(row(9000, 9));
    b.load(answer([[1000, 1], [5000, 6]]));
    expect(b.times).toEqual([1000, 5000, 9000]);
    expect(b.values.p_poi_kw).toEqual([1, 6, 9]);
  });
  it('marks a gap once [D-19]', () => {
    const b = new SeriesBuffer();
    b.append(row(1000, 1));
    b.gap(2000);
    b.gap(3000);
    expect(b.times).toEqual([1000, 2000]);
    expect(b.values.p_poi_kw).toEqual([1, null]);
  });
  it('is bounded and keeps peaks and gaps when it is thinned', () => {
    const b = new SeriesBuffer();
    for (let i = 0; i < 3 * capacity; ++i) b.append(row(i * 1000 + 1, i === 1234 ? 777 : i === 2222 ? null : Math.sin(i)));
    expect(b.times.length).toBeLessThanOrEqual(capacity);
    expect(b.values.p_poi_kw).toContain(777);
    expect(b.values.p_poi_kw).toContain(null);
    expect(b.times.every((t, i) => i === 0 || t > b.times[i - 1]!)).toBe(true);
  });
});
