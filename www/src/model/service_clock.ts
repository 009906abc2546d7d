// The service's wall time between two messages: it runs at its own speed and may be paused. It runs on while
// nothing is heard: a value that nobody confirmed grows old. How long that may be is the feed's matter.

export interface ClockReading {
  time: number;
  at: number;
  speed: number;
  paused: boolean;
}

export function serviceNow(reading: ClockReading | null, nowMs: number): number | null {
  if (!reading) return null;
  return reading.paused ? reading.time : reading.time + Math.max(0, nowMs - reading.at) * reading.speed;
}
