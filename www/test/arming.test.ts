import { describe, expect, it } from 'vitest';
import { armedForMs, Arming, ignoreHeldKey, sameClickMs } from '../src/model/arming';

function setup() {
  let now = 100;
  let fired = 0;
  const said: string[] = [];
  const timers: { at: number; what: () => void }[] = [];
  const arming = new Arming(
    {
      now: () => now,
      say: (what) => said.push(what),
      after: (ms, what) => {
        const timer = { at: now + ms, what };
        timers.push(timer);
        return () => timers.splice(timers.indexOf(timer), timers.includes(timer) ? 1 : 0);
      },
    },
    () => ++fired,
  );
  const advance = (ms: number) => {
    now += ms;
    for (const timer of timers.filter((t) => t.at <= now)) {
      timers.splice(timers.indexOf(timer), 1);
      timer.what();
    }
  };
  return { arming, advance, said, fired: () => fired };
}

describe('the two steps of the emergency stop', () => {
  it('are two presses; a double click is one', () => {
    const t = setup();
    t.arming.press('tile');
    t.advance(sameClickMs - 1);
    t.arming.press('tile');
    expect(t.fired()).toBe(0);
    t.advance(1);
    t.arming.press('tile');
    expect(t.fired()).toBe(1);
    expect(t.arming.armedAt.value).toBeNull();
  });
  it('are as fast as the key is pressed', () => {
    const t = setup();
    t.arming.press('key');
    t.advance(80);
    t.arming.press('key');
    expect(t.fired()).toBe(1);
  });
  it('end by themselves after five seconds', () => {
    const t = setup();
    t.arming.press('tile');
    expect(t.arming.left()).toBe(5);
    t.advance(armedForMs - 1);
    expect(t.arming.left()).toBe(1);
    t.advance(1);
    expect(t.arming.armedAt.value).toBeNull();
    t.arming.press('tile');
    expect(t.fired()).toBe(0);
  });
  it('are said aloud once each, not every second', () => {
    const t = setup();
    t.arming.press('tile');
    for (let i = 0; i < 4; ++i) t.advance(1000);
    expect(t.said).toEqual(['armed']);
    t.advance(1000);
    t.arming.disarm();
    expect(t.said).toEqual(['armed', 'disarmed']);
    t.arming.press('key');
    t.arming.press('key');
    expect(t.said).toEqual(['armed', 'disarmed', 'armed']);
  });
  it('are not made by a held key', () => {
    const press = (key: string, repeat: boolean) => {
      let prevented = false;
      ignoreHeldKey({ key, repeat, preventDefault: () => (prevented = true) } as unknown as KeyboardEvent);
      return prevented;
    };
    expect([press('Enter', true), press(' ', true)]).toEqual([true, true]);
    expect([press('Enter', false), press(' ', false), press('Tab', true)]).toEqual([false, false, false]);
  });
});
