import { describe, expect, it } from 'vitest';
import type { Session } from '../src/api/types';
import { Asker } from '../src/model/asker';
import { loginWanted, mayCommand, mayStop, session } from '../src/model/store';

const settled = () => new Promise((r) => setTimeout(r, 0));

function setup(answers: (string | Error)[]) {
  const told: string[] = [];
  const timers: { ms: number; what: () => void; gone: boolean }[] = [];
  const asker = new Asker<string>(
    {
      ask: async () => {
        const next = answers.shift() ?? new Error('down');
        if (next instanceof Error) throw next;
        return next;
      },
      refused: (error) => (error as Error).message === '401',
      random: () => 1,
      after: (ms, what) => {
        const timer = { ms, what, gone: false };
        timers.push(timer);
        return () => (timer.gone = true);
      },
    },
    (a) => told.push(a),
    () => told.push('refused'),
  );
  const next = async () => {
    const timer = timers.at(-1)!;
    if (!timer.gone) timer.what();
    await settled();
  };
  return { asker, told, timers, next };
}

describe('who is logged in', () => {
  it('is asked until it is answered', async () => {
    const s = setup([new Error('down'), new Error('down'), 'anna']);
    await s.asker.begin();
    expect(s.told).toEqual([]);
    await s.next();
    await s.next();
    expect(s.told).toEqual(['anna']);
    expect(s.timers.map((t) => t.ms)).toEqual([500, 1000]);
  });
  it('is asked until the service wants a login', async () => {
    const s = setup([new Error('down'), new Error('401')]);
    await s.asker.begin();
    await s.next();
    expect(s.told).toEqual(['refused']);
    expect(s.timers).toHaveLength(1);
  });
  it('is asked by one at a time', async () => {
    const s = setup([new Error('down'), 'anna', 'never']);
    await s.asker.begin();
    await s.asker.begin();
    expect(s.told).toEqual(['anna']);
    await s.next();
    expect(s.told).toEqual(['anna']);
  });
});

describe('the emergency stop is offered', () => {
  const as = (role: 'operator' | 'viewer', read_only = false): Session => ({ name: null, role, read_only, login: false });
  it('unless it is known that it may not be pressed', () => {
    const seen = (who: Session | null, login = false) => {
      session.value = who;
      loginWanted.value = login;
      return [mayStop.value, mayCommand.value];
    };
    expect(seen(as('operator'))).toEqual([true, true]);
    expect(seen(null)).toEqual([true, false]);
    expect(seen(as('viewer'))).toEqual([false, false]);
    expect(seen(as('operator', true))).toEqual([false, false]);
    expect(seen(null, true)).toEqual([false, false]);
  });
});
