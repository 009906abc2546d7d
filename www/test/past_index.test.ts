import { describe, expect, it } from 'vitest';
import { againMs, PastIndex, refreshMs } from '../src/model/past_index';

const tick = () => new Promise((r) => setTimeout(r, 0));

function setup() {
  let now = 0;
  const asked: string[] = [];
  let outcome: () => Promise<void> = () => Promise.resolve();
  const index = new PastIndex(
    (key, another) => {
      asked.push(another ? key : `${key} again`);
      return outcome();
    },
    () => now,
  );
  return { index, asked, advance: (ms: number) => (now += ms), answer: (o: typeof outcome) => (outcome = o) };
}

describe('the index of what is recorded', () => {
  it('is asked for once a minute, and at once for other plants or another transport', async () => {
    const t = setup();
    for (let i = 0; i < 3; ++i) t.index.follow('lib|local');
    await tick();
    t.advance(refreshMs - 1);
    t.index.follow('lib|local');
    expect(t.asked).toEqual(['lib|local']);
    t.advance(1);
    t.index.follow('lib|local');
    await tick();
    t.index.follow('lib|remote');
    expect(t.asked).toEqual(['lib|local', 'lib|local again', 'lib|remote']);
  });
  it('is asked for soon again when it could not be read', async () => {
    const t = setup();
    t.answer(() => Promise.reject(new Error('no')));
    t.index.follow('lib|local');
    await tick();
    t.advance(againMs - 1);
    t.index.follow('lib|local');
    expect(t.asked).toHaveLength(1);
    t.answer(() => Promise.resolve());
    t.advance(1);
    t.index.follow('lib|local');
    await tick();
    t.advance(againMs);
    t.index.follow('lib|local');
    expect(t.asked).toHaveLength(2);
  });
  it('is asked for by one question at a time', async () => {
    const t = setup();
    let end = () => {};
    t.answer(() => new Promise((r) => (end = r)));
    t.index.follow('lib|local');
    t.advance(refreshMs * 2);
    t.index.follow('lib|local');
    expect(t.asked).toHaveLength(1);
    end();
    await tick();
    t.index.follow('lib|local');
    expect(t.asked).toHaveLength(2);
  });
});
