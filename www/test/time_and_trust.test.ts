import { describe, expect, it } from 'vitest';
import { retryDelay } from '../src/api/backoff';
import { serviceNow } from '../src/model/service_clock';
import { ageSeconds, freshForMs, trust } from '../src/model/staleness';

describe("the service's clock", () => {
  const reading = { time: 1_000_000, at: 500, speed: 60, paused: false };
  it('runs on at its own speed', () => expect(serviceNow(reading, 1500)).toBe(1_060_000));
  it('stands while paused', () => expect(serviceNow({ ...reading, paused: true }, 9999)).toBe(1_000_000));
  it('runs on while nothing is heard, so that ages grow', () => {
    const frozen = 1_000_000;
    const trustAfter = (ms: number) => trust({ timestamp: frozen, now: serviceNow({ ...reading, speed: 1 }, 500 + ms), linkOk: true, connected: true, freshForMs: freshForMs(2, 1) });
    expect(serviceNow({ ...reading, speed: 1 }, 500 + 6000)).toBe(1_006_000);
    expect(trustAfter(4000)).toBe('fresh');
    expect(trustAfter(5001)).toBe('stale');
  });
  it('is unknown before the first message', () => expect(serviceNow(null, 5)).toBeNull());
});

describe('trust in a sample', () => {
  const ok = { timestamp: 100_000, now: 103_000, linkOk: true, connected: true, freshForMs: freshForMs(2, 1) };
  it('is fresh for two periods and a second', () => {
    expect(trust(ok)).toBe('fresh');
    expect(trust({ ...ok, now: 105_000 })).toBe('fresh');
    expect(trust({ ...ok, now: 105_001 })).toBe('stale');
  });
  it('ends with the link and with the connection of the page', () => {
    expect(trust({ ...ok, linkOk: false })).toBe('stale');
    expect(trust({ ...ok, connected: false })).toBe('stale');
  });
  it('needs no recording: a live value is fresh for two periods, whatever is recorded [AC-68][D-10]', () => {
    // Nothing about recordings goes into it; what is shown as present is at most this old.
    expect(freshForMs(2, 1)).toBe(2 * 2000 + 1000);
    expect(trust({ ...ok, now: 104_000 })).toBe('fresh');
    expect(trust({ ...ok, now: 107_000 })).toBe('stale');
  });
  it('does not begin without a sample', () => expect(trust({ ...ok, timestamp: null })).toBe('unknown'));
  it('has an age that is never negative', () => {
    expect(ageSeconds(100_000, 102_500)).toBe(2.5);
    expect(ageSeconds(100_000, 99_000)).toBe(0);
    expect(ageSeconds(null, 99_000)).toBeNull();
  });
});

describe('trying to connect again', () => {
  it('doubles to ten seconds, in the upper half', () => {
    expect([0, 1, 2, 3, 4, 5, 60].map((n) => retryDelay(n, 1))).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
    expect(retryDelay(3, 0)).toBe(2000);
  });
});
