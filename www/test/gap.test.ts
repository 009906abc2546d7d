import { describe, expect, it } from 'vitest';
import { shortfall } from '../src/model/gap';

describe('the gap of an optimised plan', () => {
  it('is not mentioned where nothing is better', () => {
    expect(shortfall({ profit: 12, profit_bound: 12, gap_pu: 0 })).toBeNull();
    expect(shortfall({})).toBeNull();
  });
  it('is said in per cent, with what was found and what could be', () => {
    expect(shortfall({ profit: 137.5, profit_bound: 140.2, gap_pu: 0.01926 })).toBe('the best plan found in its time, at most 1.9 % from the best there is; 137.50 found, at most 140.20 possible.');
    expect(shortfall({ peak_kw: 150, peak_bound_kw: 149.9, gap_pu: 0.00067 })).toBe('the best plan found in its time, at most 0.07 % from the best there is; 150.00 found, at least 149.90 possible.');
    expect(shortfall({ gap_pu: 2e-6 })).toBe('the best plan found in its time, at most less than 0.01 % from the best there is.');
  });
});
