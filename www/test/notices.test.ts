import { beforeEach, describe, expect, it } from 'vitest';
import { dismiss, notice, notices } from '../src/model/notices';

const texts = () => notices.value.map((n) => n.text);

describe('notices', () => {
  beforeEach(() => (notices.value = []));
  it('keep what is pinned until it is dismissed, whatever comes', () => {
    notice('The emergency stop did NOT arrive.', true, { pinned: true });
    for (const text of ['one', 'two', 'three']) notice(text, true);
    expect(texts()).toEqual(['The emergency stop did NOT arrive.', 'two', 'three']);
    dismiss(notices.value[0]!.id);
    expect(texts()).toEqual(['two', 'three']);
  });
  it('are the newest of their subject', () => {
    notice('Start LIB: the connection was lost', true, { about: 'connection' });
    notice('other', true);
    notice('Stop LIB: the connection was lost', true, { about: 'connection' });
    expect(texts()).toEqual(['other', 'Stop LIB: the connection was lost']);
  });
  it('are not repeated', () => {
    notice('did NOT arrive', true, { pinned: true });
    notice('did NOT arrive', true, { pinned: true });
    expect(texts()).toEqual(['did NOT arrive']);
  });
  it('do not push one another out when a pinned one comes', () => {
    notice('one', true);
    notice('two', true);
    notice('pinned', true, { pinned: true });
    expect(texts()).toEqual(['one', 'two', 'pinned']);
  });
});
