// When to try again: doubling from half a second to ten, drawn from the upper half so that many browsers do
// not come back at once.

export const firstMs = 500;
export const longestMs = 10_000;

export function retryDelay(attempt: number, random: number): number {
  const full = Math.min(longestMs, firstMs * 2 ** Math.min(attempt, 10));
  return Math.round(full / 2 + (full / 2) * random);
}
