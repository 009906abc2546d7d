import { afterEach, describe, expect, it, vi } from 'vitest';
import { makeWay, Refusal, request } from '../src/api/http';

/** A service that answers nothing. */
function silence() {
  const seen: { path: string; signal: AbortSignal }[] = [];
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    seen.push({ path, signal: init.signal! });
    return new Promise((_, refuse) => init.signal!.addEventListener('abort', () => refuse(new Error('aborted'))));
  });
  return seen;
}

describe('making way for the emergency stop', () => {
  afterEach(() => vi.unstubAllGlobals());
  it('breaks off every question and no change', async () => {
    const seen = silence();
    const asked = request('/api/v1/measurements');
    const preview = request('/api/v1/schedules/preview', { method: 'POST', body: {}, mayWait: true });
    request('/api/v1/schedules/lib_p', { method: 'PUT', body: {} }).catch(() => {});
    makeWay();
    await expect(asked).rejects.toThrow(/broken off for the emergency stop/);
    await expect(preview).rejects.toBeInstanceOf(Refusal);
    expect(seen.map((s) => s.signal.aborted)).toEqual([true, true, false]);
  });
  it('leaves alone what is asked later', () => {
    const seen = silence();
    makeWay();
    request('/api/v1/status').catch(() => {});
    expect(seen[0]!.signal.aborted).toBe(false);
  });
});
