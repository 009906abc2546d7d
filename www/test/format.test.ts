import { describe, expect, it } from 'vitest';
import { age, count, duration, energy, fixed, kw, parseNumber, percent, signed, voltageDecimals } from '../src/format/number';

describe('numbers for people', () => {
  it('have a true minus and fixed decimals', () => {
    expect(kw(-60.44)).toBe('\u221260.4');
    expect(fixed(20.0849, 2)).toBe('20.08');
  });
  it('never show a negative zero', () => {
    expect(kw(-0.04)).toBe('0.0');
    expect(fixed(-0, 1)).toBe('0.0');
  });
  it('show a dash for what is not known, never 0', () => {
    for (const nothing of [null, undefined, NaN, Infinity]) {
      expect(kw(nothing)).toBe('–');
      expect(percent(nothing)).toBe('–');
      expect(count(nothing)).toBe('–');
      expect(duration(nothing)).toBe('–');
      expect(energy(nothing).value).toBe('–');
    }
  });
  it('show a plus where a change is meant', () => {
    expect(signed(25, 1)).toBe('+25.0');
    expect(signed(-1.7, 1)).toBe('\u22121.7');
    expect(signed(0, 1)).toBe('0.0');
  });
  it('group whole numbers', () => expect(count(1186540)).toBe('1\u202f186\u202f540'));
  it('choose the decimals of a voltage by its level', () =>
    expect([0.22, 0.4, 5, 20].map(voltageDecimals)).toEqual([4, 4, 3, 2]));
  it('choose the unit of an energy', () => {
    expect(energy(3620)).toEqual({ value: '3.62', unit: 'MWh' });
    expect(energy(-62.5)).toEqual({ value: '\u221262.5', unit: 'kWh' });
  });
});

describe('durations', () => {
  it('have two places at most', () => {
    expect([4.12, 38, 143, 120, 3900, 7200, 197_220].map(duration)).toEqual([
      '4.1 s', '38 s', '2 min 23 s', '2 min', '1 h 05 min', '2 h', '2 d 7 h',
    ]);
  });
  it('round up to the next unit and never to 60 s', () => {
    expect(duration(9.97)).toBe('10 s');
    expect(duration(59.7)).toBe('1 min');
  });
  it('ages have one place', () => expect([0.6, 59.4, 59.6, 143, 90_000].map(age)).toEqual(['0.6 s', '59 s', '1 min', '2 min', '25 h']));
});

describe('typed numbers', () => {
  it('accept comma, either minus and blanks', () => {
    expect(parseNumber(' \u2212250,5 ')).toBe(-250.5);
    expect(parseNumber('1 000.0')).toBe(1000);
    expect(parseNumber('-.5')).toBe(-0.5);
  });
  it('refuse what is none', () => {
    for (const text of ['', 'abc', '1.2.3', 'NaN', 'Infinity', '1e999', '--1']) expect(parseNumber(text)).toBeNull();
  });
});
