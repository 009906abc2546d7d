import { describe, expect, it } from 'vitest';
import { parseTime, Zone } from '../src/format/zone';

const madrid = new Zone('Europe/Madrid');
const t = (s: string) => Date.parse(s);

describe('the configured zone', () => {
  it('shows wall time and offset', () => {
    expect(madrid.clockSeconds(t('2025-10-01T16:47:32Z'))).toBe('18:47:32');
    expect(madrid.day(t('2025-10-01T22:00:00Z'))).toBe('Thu 2 Oct');
    expect(madrid.offsetText(t('2025-10-01T16:00:00Z'))).toBe('UTC+2');
    expect(madrid.offsetText(t('2025-12-01T16:00:00Z'))).toBe('UTC+1');
    expect(madrid.iso(t('2025-10-01T16:47:32Z'))).toBe('2025-10-01T18:47:32+02:00');
    expect(new Zone('Asia/Kolkata').offsetText(0)).toBe('UTC+5:30');
    expect(new Zone('America/St_Johns').offsetIso(t('2025-01-01T00:00:00Z'))).toBe('-03:30');
    expect(new Zone('America/New_York').city()).toBe('New York');
  });
  it('knows the length of days on which the clock changes', () => {
    const length = (day: string) => (madrid.addDays(t(day), 1) - madrid.dayStart(t(day))) / 3_600_000;
    expect(length('2025-10-01T12:00:00Z')).toBe(24);
    expect(length('2022-10-30T12:00:00Z')).toBe(25);
    expect(length('2020-03-29T12:00:00Z')).toBe(23);
  });
  it('takes the first of an ambiguous time and the moment after a gap', () => {
    const at = (hour: number, minute: number, month: number, day: number, year: number) =>
      madrid.instant({ year, month, day, hour, minute, second: 0 });
    expect(at(2, 30, 10, 30, 2022)).toBe(t('2022-10-30T00:30:00Z'));
    expect(at(2, 30, 3, 29, 2020)).toBe(t('2020-03-29T01:00:00Z'));
  });
  it('names the day only when it is another one', () => {
    const now = t('2025-10-01T16:47:32Z');
    expect(madrid.near(t('2025-10-01T17:00:00Z'), now)).toBe('19:00');
    expect(madrid.near(t('2025-10-01T22:15:00Z'), now)).toBe('Thu 2 Oct 00:15');
    expect(madrid.near(t('2025-10-01T17:00:05Z'), now)).toBe('19:00:05');
  });
});

describe('typed times', () => {
  const near = t('2025-10-01T16:00:00Z');
  it('are of the day that is edited unless they say another', () => {
    expect(parseTime('18:55', madrid, near)).toBe(t('2025-10-01T16:55:00Z'));
    expect(parseTime('2025-10-02 00:15:30', madrid, near)).toBe(t('2025-10-01T22:15:30Z'));
    expect(parseTime('2025-10-02T00:15:00+02:00', madrid, near)).toBe(t('2025-10-01T22:15:00Z'));
    expect(parseTime('24:00', madrid, near)).toBe(t('2025-10-01T22:00:00Z'));
  });
  it('are refused when they are none', () => {
    for (const text of ['', '25:00', '12:60', '24:01', 'noon', '12']) expect(parseTime(text, madrid, near)).toBeNull();
  });
});
