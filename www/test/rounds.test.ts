import { effect } from '@preact/signals';
import { describe, expect, it, vi } from 'vitest';
import type { State } from '../src/api/types';
import { againMs, Rounds } from '../src/model/rounds';
import { plantIds, takeState } from '../src/model/store';

const settled = () => new Promise((r) => setTimeout(r, 0));

/** Work that ends when it is told to. */
function work() {
  const begun: { signal: AbortSignal; end: () => void }[] = [];
  return { begun, ask: (signal: AbortSignal) => new Promise<void>((end) => begun.push({ signal, end })) };
}

describe('rounds of questions', () => {
  it('are one at a time for each name: the same again waits, and only the newest', async () => {
    const rounds = new Rounds();
    const w = work();
    rounds.ask('lib', 'today', w.ask);
    rounds.ask('vrfb', 'today', w.ask);
    const skipped = work();
    rounds.ask('lib', 'today', skipped.ask);
    const newest = work();
    rounds.ask('lib', 'today', newest.ask);
    expect(w.begun.map((b) => b.signal.aborted)).toEqual([false, false]);
    expect(newest.begun).toHaveLength(0);
    w.begun[0]!.end();
    await settled();
    expect(skipped.begun).toHaveLength(0);
    expect(newest.begun).toHaveLength(1);
  });
  it('break off the older when something else is asked for', async () => {
    const rounds = new Rounds();
    const old = work();
    const next = work();
    rounds.ask('lib', 'today', old.ask);
    rounds.ask('lib', 'yesterday', next.ask);
    expect(old.begun[0]!.signal.aborted).toBe(true);
    expect(next.begun).toHaveLength(1);
    old.begun[0]!.end();
    await settled();
    expect(next.begun[0]!.signal.aborted).toBe(false);
  });
  it('are asked again a while after they failed, and end with the page', async () => {
    vi.useFakeTimers();
    const rounds = new Rounds();
    let tries = 0;
    const failing = () => (++tries, Promise.reject(new Error('no')));
    rounds.ask('lib', 'a', failing);
    await vi.advanceTimersByTimeAsync(againMs - 1);
    expect(tries).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(tries).toBe(2);
    const w = work();
    rounds.ask('lib', 'a', w.ask);
    expect(w.begun).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(againMs);
    expect(tries).toBe(2);
    expect(w.begun).toHaveLength(1);
    rounds.ask('vrfb', 'a', failing);
    await vi.advanceTimersByTimeAsync(0);
    rounds.end();
    await vi.advanceTimersByTimeAsync(againMs * 2);
    expect(w.begun[0]!.signal.aborted).toBe(true);
    expect(tries).toBe(3);
    vi.useRealTimers();
  });
});

describe('what follows the plants', () => {
  it('does not run with every message, only when there are others', () => {
    const state = (time: string, ...ids: string[]) =>
      ({ time, clock: { speed: 1, paused: false }, transport_mode: 'local', plants: Object.fromEntries(ids.map((id) => [id, { link: { rtt_ms: 1 } }])) }) as unknown as State;
    let runs = 0;
    takeState(state('2025-10-01T10:00:00Z', 'lib', 'vrfb'));
    const stop = effect(() => {
      plantIds.value;
      ++runs;
    });
    takeState(state('2025-10-01T10:00:01Z', 'lib', 'vrfb'));
    takeState(state('2025-10-01T10:00:02Z', 'lib', 'vrfb'));
    expect(runs).toBe(1);
    takeState(state('2025-10-01T10:00:03Z', 'lib'));
    expect(plantIds.value).toEqual(['lib']);
    expect(runs).toBe(2);
    stop();
  });
});
