import { describe, expect, it } from 'vitest';
import { merge } from '../src/api/merge';

describe('patches of the state document', () => {
  it('merge objects key by key', () => {
    expect(merge({ a: { x: 1, y: 2 }, b: 3 }, { a: { y: 5 } })).toEqual({ a: { x: 1, y: 5 }, b: 3 });
  });
  it('keep null as a value', () => {
    expect(merge({ link: { rtt_ms: 41, age_s: 1 } }, { link: { rtt_ms: null } })).toEqual({ link: { rtt_ms: null, age_s: 1 } });
    expect(merge({ a: { b: 1 } }, { a: null })).toEqual({ a: null });
    expect(merge<unknown>({ a: null }, { a: { b: 1 } })).toEqual({ a: { b: 1 } });
  });
  it('replace arrays as a whole', () => expect(merge({ alerts: [1, 2, 3] }, { alerts: [4] })).toEqual({ alerts: [4] }));
  it('share what did not change and keep the old document as it was [D-28]', () => {
    const before = { plants: { lib: { p: 1 }, vrfb: { p: 2 } } };
    const after = merge(before, { plants: { lib: { p: 7 } } });
    expect(after.plants.vrfb).toBe(before.plants.vrfb);
    expect(before.plants.lib.p).toBe(1);
    expect(merge(before, { plants: { lib: { p: 1 } } })).toBe(before);
  });
  it('cannot reach prototypes', () => {
    const after = merge({}, JSON.parse('{"__proto__": {"bad": 1}}') as unknown);
    expect(({} as Record<string, unknown>)['bad']).toBeUndefined();
    expect(Object.getPrototypeOf(after)).toBe(Object.prototype);
  });
});
