import { describe, expect, it } from 'vitest';
import { dataRange, gaps } from '../src/chart/picture';
import { needsAsking } from '../src/chart/geometry';
import type { Measurements, Row } from '../src/api/types';
import { SeriesBuffer } from '../src/model/series_buffer';

const t0 = Date.parse('2025-10-01T00:00:00Z');
const minute = 60_000;
const at = (m: number) => new Date(t0 + m * minute).toISOString();
const answer = (minutes: (number | null)[], over: Partial<Measurements> = {}): Measurements => ({ plant: 'lib', transport: 'local', grain: 'rows', rows_in_range: minutes.length, downsampled: false, columns: ['p_poi_kw', 'soc_pu'], rows: minutes.map((m) => [at(m ?? 0), 1, 0.5]), ...over });

describe('holes', () => {
  it('are where rows are further apart than one that repeats is left out, and before the first', () => {
    const b = new SeriesBuffer();
    b.load(answer([60, 66, 72, 120, 126]), t0);
    expect(gaps(b, t0 + 130 * minute, false, [t0, t0 + 180 * minute])).toEqual([
      [t0, t0 + 60 * minute],
      [t0 + 72 * minute + 1, t0 + 120 * minute],
    ]);
    expect(b.at('p_poi_kw', t0 + 100 * minute)).toBeNull();
  });
  it('are not where rows are only rolled up or thinned', () => {
    const b = new SeriesBuffer();
    b.load(answer([0, 15, 30, 45], { grain: 'quarter' }), t0);
    expect(gaps(b, t0 + 46 * minute, false, [t0, t0 + 60 * minute])).toEqual([]);
  });
  it('are all of it where nothing is there, and none where nothing was asked', () => {
    const b = new SeriesBuffer();
    expect(gaps(b, t0 + 60 * minute, false, [t0, t0 + 60 * minute])).toEqual([]);
    b.load(answer([]), t0);
    expect(gaps(b, t0 + 60 * minute, false, [t0, t0 + 60 * minute])).toEqual([[t0, t0 + 60 * minute]]);
  });
  it('are from the last row on when none has come for long, live rows included', () => {
    const b = new SeriesBuffer();
    b.load(answer([0]), t0);
    expect(gaps(b, t0 + 20 * minute, false, [t0, t0 + 60 * minute])).toEqual([[t0, t0 + 20 * minute]]);
    b.append({ timestamp: at(20), p_poi_kw: 1, soc_pu: 0.5 } as Row);
    expect(gaps(b, t0 + 20 * minute, false, [t0, t0 + 60 * minute])).toEqual([[t0 + 1, t0 + 20 * minute]]);
  });
});

describe('a view', () => {
  it('is asked for again when it begins earlier, has moved, or is of another width', () => {
    expect(needsAsking([0, 48 * 60 * minute], [0, 48 * 60 * minute])).toBe(false);
    expect(needsAsking([-120 * minute, 46 * 60 * minute], [0, 48 * 60 * minute])).toBe(true);
    expect(needsAsking([minute, 121 * minute], [0, 120 * minute])).toBe(false);
    expect(needsAsking([7 * minute, 127 * minute], [0, 120 * minute])).toBe(true);
    expect(needsAsking([0, 100 * minute], [0, 120 * minute])).toBe(true);
  });
  it('is as high as its data with 0 in it, and no higher than noise deserves', () => {
    expect(dataRange([100, 400], [-1000, 1000])).toEqual([-48, 448]);
    const [low, high] = dataRange([-0.1, 0.1], [-1000, 1000]);
    expect(high - low).toBeGreaterThan(40);
  });
});
