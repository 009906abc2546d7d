// The service's wall time between two messages: it runs at its own speed and may be paused. The estimate
// never runs back while the service's own time goes forward, and never more than two seconds of wall time
// past the last message: a clock that shows a time nobody confirmed would be a guess.

export interface ClockReading {
  time: number;
  at: number;
  speed: number;
  paused: boolean;
}

export const longestGuessMs = 2000;

export function serviceNow(reading: ClockReading | null, nowMs: number): number | null {
  if (!reading) return null;
  if (reading.paused) return reading.time;
  const elapsed = Math.min(Math.max(0, nowMs - reading.at), longestGuessMs);
  return reading.time + elapsed * reading.speed;
}
