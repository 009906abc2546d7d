import { describe, expect, it } from 'vitest';
import type { Effective } from '../src/api/types';
import { priceAt, priceLine, priceList, worth } from '../src/model/prices';

const t = (h: number) => Date.UTC(2026, 5, 15) + h * 3_600_000;
const at = (h: number) => new Date(t(h)).toISOString();
const given = { unit: 'EUR/MWh', made_from: 'a file', rows: [{ from: at(0), to: at(1), price: 40 }, { from: at(1), to: at(2), price: 100 }, { from: at(3), to: at(4), price: -5 }] };
const list = priceList(given)!;
const plan = (...rows: [number, number, number][]) => ({ segments: rows.map(([from, to, value]) => ({ from: at(from), to: at(to), p: { value } })) }) as unknown as Effective;

describe('prices', () => {
  it('are none where none were given', () => {
    expect(priceList({ unit: null, made_from: null, rows: [] })).toBeNull();
  });
  it('have the money of their file, per MWh', () => {
    expect(list.unit).toBe('EUR/MWh');
    expect(priceList({ ...given, unit: 'SEK/kWh' })!.unit).toBe('SEK/MWh');
    expect(priceList({ ...given, unit: null })!.money).toBe('EUR');
  });
  it('hold from an instant to the next, and not in a hole', () => {
    expect(priceAt(list, t(0))).toBe(40);
    expect(priceAt(list, t(1))).toBe(100);
    expect(priceAt(list, t(2.5))).toBeNull();
    expect(priceAt(list, t(4))).toBeNull();
  });
  it('are a line with its holes', () => {
    expect(priceLine(list, t(0.5), t(3.5))).toEqual([
      { t: t(0.5), v: 40 },
      { t: t(1), v: 100 },
      { t: t(2), v: null },
      { t: t(3), v: -5 },
      { t: t(3.5), v: null },
    ]);
    expect(priceLine(list, t(5), t(6))).toEqual([]);
  });
  it('say what a plan is worth, and nothing where one of its hours has no price', () => {
    // 100 kWh bought at 40, 50 kWh sold at 100 per MWh
    expect(worth(list, plan([0, 1, -100], [1, 1.5, 100], [1.5, 3, 0]))).toBeCloseTo(-4 + 5, 9);
    expect(worth(list, plan([1, 3, 10]))).toBeNull();
    expect(worth(list, plan([3, 4, -100]))).toBeCloseTo(0.5, 9);
    expect(worth(list, null)).toBeNull();
  });
});
