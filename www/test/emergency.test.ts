import { describe, expect, it } from 'vitest';
import { Refusal } from '../src/api/http';
import type { CommandRecord } from '../src/api/types';
import { arrivalMs, emergencyFailure, followMs, latchedInWords, stopEverything, type EmergencyWorld } from '../src/model/emergency';

const record = (state: CommandRecord['state'], message = '', result: unknown = null) => ({ id: 'cmd-000001', kind: 'estop', state, message, result }) as CommandRecord;
const noWay = () => Promise.reject(new Refusal(0, null, 'The service was not reached.'));

async function fire(world: Partial<EmergencyWorld>) {
  const told: string[] = [];
  let asked = 0;
  let waited = 0;
  await stopEverything(
    {
      bySocket: () => null,
      byHttp: noWay,
      record: noWay,
      wait: (ms) => Promise.resolve(void (waited += ms)),
      ...world,
      ...(world.record ? { record: (id: string) => (++asked, world.record!(id)) } : {}),
    },
    { arrived: () => told.push('arrived'), missed: (why) => told.push(`missed: ${why}`), failed: (r) => told.push(`failed: ${r.message}`), unknown: () => told.push('unknown') },
  );
  return { told, asked, waited };
}

describe('the emergency stop', () => {
  it('goes over the open socket, too, and has arrived when either way did', async () => {
    const bySocket = async (told: (r: CommandRecord) => void) => (told(record('running')), record('succeeded'));
    expect((await fire({ bySocket })).told).toEqual(['arrived']);
    expect((await fire({ byHttp: async () => record('succeeded') })).told).toEqual(['arrived']);
    expect((await fire({ bySocket, byHttp: async () => record('succeeded') })).told).toEqual(['arrived']);
  });
  it('did not arrive when no way led there', async () => {
    expect((await fire({})).told).toEqual(['missed: The service was not reached.']);
    expect((await fire({ bySocket: async () => null })).told).toEqual(['missed: The service was not reached.']);
  });
  it('did not arrive when it was rejected', async () => {
    expect((await fire({ byHttp: async () => record('rejected', 'shutting_down') })).told).toEqual(['missed: The service is shutting down.']);
    expect((await fire({ bySocket: async () => record('rejected', 'shutting_down'), byHttp: async () => record('rejected', 'shutting_down') })).told).toHaveLength(1);
  });
  it('does not wait for a socket that says nothing, and tells when that arrives after all', async () => {
    let answer: (r: CommandRecord) => void = () => {};
    const told: string[] = [];
    const done = stopEverything(
      { bySocket: () => new Promise((resolve) => (answer = resolve)), byHttp: noWay, record: noWay, wait: () => Promise.resolve() },
      { arrived: () => told.push('arrived'), missed: () => told.push('missed'), failed: () => told.push('failed'), unknown: () => told.push('unknown') },
    );
    await new Promise((r) => setTimeout(r, 0));
    expect(told).toEqual(['missed']);
    answer(record('succeeded'));
    await done;
    expect(told).toEqual(['missed', 'arrived']);
  });
  it('is not waited for longer than five seconds in all', async () => {
    const waits: number[] = [];
    let hung: (error: unknown) => void = () => {};
    let late = () => {};
    const told: string[] = [];
    void stopEverything(
      { bySocket: () => new Promise(() => {}), byHttp: () => new Promise((_, refuse) => (hung = refuse)), record: noWay, wait: (ms) => new Promise((r) => (waits.push(ms), (late = r))) },
      { arrived: () => {}, missed: (why) => told.push(why), failed: () => {}, unknown: () => {} },
    );
    expect(waits).toEqual([arrivalMs]);
    late();
    hung(new Refusal(0, null, 'The service did not answer in time.'));
    await new Promise((r) => setTimeout(r, 0));
    expect(told).toEqual(['The service did not answer in time.']);
    expect(waits).toEqual([arrivalMs]);
  });
  it('is followed to its end, over lost questions, and says once what failed', async () => {
    const states = [record('running'), null, record('failed', 'disable_failed')];
    const seen = await fire({ byHttp: async () => record('queued'), record: async () => states.shift() ?? noWay() });
    expect(seen.told).toEqual(['arrived', 'failed: disable_failed']);
    expect(seen.asked).toBe(3);
    const both = await fire({ bySocket: async () => record('failed', 'not_saved'), byHttp: async () => record('failed', 'not_saved') });
    expect(both.told).toEqual(['arrived', 'failed: not_saved']);
  });
  it('says so when nobody told how it ended', async () => {
    const seen = await fire({ byHttp: async () => record('running'), record: noWay });
    expect(seen.told).toEqual(['arrived', 'unknown']);
    expect(seen.waited).toBeGreaterThanOrEqual(followMs);
  });
  it('names the plants that may still run', () => {
    const name = (id: string) => id.toUpperCase();
    expect(emergencyFailure(record('failed', 'disable_failed', { per_plant: { lib: { disable_ok: true }, vrfb: { disable_ok: false } } }), name)).toContain('VRFB could NOT be disabled');
    expect(emergencyFailure(record('failed', 'not_saved', { per_plant: { lib: { disable_ok: true } } }), name)).toContain('could not be stored');
    expect(emergencyFailure(record('failed', 'internal_error'), name)).toContain('failed inside');
  });
  it('is "stopped" only when all plants are', () => {
    expect(latchedInWords(0, 2, '18:47')).toEqual({ head: 'Emergency stop latched', rest: '0 of 2 plants disabled' });
    expect(latchedInWords(1, 2, '18:47').head).toBe('Emergency stop latched');
    expect(latchedInWords(2, 2, '18:47')).toEqual({ head: 'Stopped at 18:47', rest: 'All plants disabled' });
  });
});
