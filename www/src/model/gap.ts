// How far a plan that was optimised may fall short of the best there is.

import { fixed } from '../format/number';

/** A sentence where the time was over before it was proven that nothing is better; otherwise nothing to say. */
export function shortfall(facts: Record<string, number | null>): string | null {
  const gap = facts.gap_pu;
  if (!gap) return null;
  const percent = gap * 100;
  const share = percent < 0.01 ? 'less than 0.01' : fixed(percent, percent < 1 ? 2 : 1);
  const [found, best] = facts.profit_bound !== undefined ? [facts.profit, facts.profit_bound] : [facts.peak_kw, facts.peak_bound_kw];
  const figures = found == null || best == null ? '' : `; ${fixed(found, 2)} found, ${facts.profit_bound !== undefined ? 'at most' : 'at least'} ${fixed(best, 2)} possible`;
  return `the best plan found in its time, at most ${share} % from the best there is${figures}.`;
}
