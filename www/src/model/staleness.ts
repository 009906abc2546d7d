// How much a measured value may still be believed.

export type Trust = 'fresh' | 'stale' | 'unknown';

/** A sample is fresh for two periods and a second for the way here; at speed N the period passes N times faster. */
export function freshForMs(periodS: number, speed: number): number {
  return (2 * periodS + Math.max(1, speed)) * 1000;
}

/**
 * `connected`: the page hears the service. `heard`: when it last did, service time. A lost link or a sample older
 * than allowed is stale; without any sample nothing is known.
 */
export function trust(sample: {
  timestamp: number | null;
  now: number | null;
  linkOk: boolean;
  connected: boolean;
  freshForMs: number;
}): Trust {
  if (sample.timestamp === null || sample.now === null) return 'unknown';
  if (!sample.connected || !sample.linkOk) return 'stale';
  return sample.now - sample.timestamp <= sample.freshForMs ? 'fresh' : 'stale';
}

export function ageSeconds(timestamp: number | null, now: number | null): number | null {
  return timestamp === null || now === null ? null : Math.max(0, (now - timestamp) / 1000);
}
