import { describe, expect, it } from 'vitest';
import type { Violation } from '../src/api/types';
import { Zone } from '../src/format/zone';
import { seriesFile } from '../src/model/series_file';
import { changeCount, differences, empty, fromSteps, insert, overlay, parseRows, remove, repairs, same, setTime, setValue, toSteps, Undo, valueAt, wasDuring, type Draft } from '../src/model/draft';

const madrid = new Zone('Europe/Madrid');
const at = (clock: string) => Date.parse(`2025-10-01T${clock}:00+02:00`);
const steps = (...pairs: [string, number][]): Draft => ({ rows: pairs.slice(0, -1).map(([c, v]) => ({ t: at(c), v })), end: at(pairs.at(-1)![0]) });
const draft = steps(['19:00', 100], ['20:00', -50], ['21:00', 0]);

describe('a draft', () => {
  it('holds each value until the next step, the last until the end', () => {
    expect(valueAt(draft, at('18:59'))).toBeNull();
    expect(valueAt(draft, at('19:00'))).toBe(100);
    expect(valueAt(draft, at('20:59'))).toBe(-50);
    expect(valueAt(draft, at('21:00'))).toBeNull();
  });
  it('keeps a step from which nothing is planned, and what it was made from', () => {
    const holed: Draft = { rows: [{ t: 0, v: 5 }, { t: 60_000, v: NaN }, { t: 120_000, v: 7 }], end: 180_000, madeFrom: 'ENTSO-E, BZN|ES' };
    const steps = toSteps(holed);
    expect(steps.rows[1]!.value).toBe(null);
    expect(steps.made_from).toBe('ENTSO-E, BZN|ES');
    expect(same(fromSteps(steps), holed)).toBe(true);
    expect(fromSteps(steps).madeFrom).toBe('ENTSO-E, BZN|ES');
    expect(valueAt(holed, 90_000)).toBe(null);
    expect(valueAt(holed, 130_000)).toBe(7);
    expect(setValue(holed, 0, 6).madeFrom).toBe('ENTSO-E, BZN|ES');
  });
  it('survives the way to the service and back', () => expect(same(fromSteps(toSteps(draft)), draft)).toBe(true));
  it('keeps a moved step between its neighbours and out of the past', () => {
    expect(setTime(draft, 1, at('23:00'), at('18:00')).rows[1]!.t).toBe(at('21:00') - 1000);
    expect(setTime(draft, 1, at('18:00'), at('18:00')).rows[1]!.t).toBe(at('19:00') + 1000);
    expect(setTime(draft, 1, at('19:10'), at('19:30')).rows[1]!.t).toBe(at('19:30') + 1000);
    expect(setTime(draft, 2, at('20:00'), at('18:00')).end).toBe(at('20:00') + 1000);
  });
  it('takes a step anywhere', () => {
    expect(insert(draft, at('19:30'), 7).rows.map((r) => r.v)).toEqual([100, 7, -50]);
    expect(insert(draft, at('22:00'), 7).end).toBe(at('23:00'));
    expect(insert(draft, at('21:00'), 7).rows.map((r) => r.v)).toEqual([100, -50, 7]);
    expect(insert(draft, at('20:00'), 7).rows.map((r) => r.v)).toEqual([100, 7]);
    expect(insert(empty, at('20:00'), 7)).toEqual(steps(['20:00', 7], ['21:00', 0]));
  });
  it('lets the predecessor hold on where a step is removed', () => {
    expect(valueAt(remove(draft, 1), at('20:30'))).toBe(100);
    expect(remove(remove(draft, 1), 0)).toEqual(empty);
  });
  it('is replaced where another lies over it, and resumes after', () => {
    const over = overlay(draft, steps(['19:30', 5], ['20:15', 0]));
    expect(over.rows.map((r) => r.v)).toEqual([100, 5, -50]);
    expect(over.rows[2]!.t).toBe(at('20:15'));
    expect(over.end).toBe(at('21:00'));
  });
});

describe('a hole between two parts of a draft', () => {
  it('is 0, never the value before it', () => {
    const far = insert(draft, at('22:30'), 9);
    expect(valueAt(far, at('21:30'))).toBe(0);
    const over = overlay(draft, steps(['22:00', 5], ['22:30', 0]));
    expect(valueAt(over, at('21:30'))).toBe(0);
    const early = overlay(draft, steps(['17:00', 5], ['18:00', 0]));
    expect(valueAt(early, at('18:30'))).toBe(0);
    expect(valueAt(early, at('19:30'))).toBe(100);
  });
});

describe('staged against applied', () => {
  it('differs in spans', () => {
    const spans = differences(setValue(draft, 1, -80), draft, at('18:00'), at('22:00'));
    expect(spans).toEqual([{ from: at('20:00'), to: at('21:00'), a: -80, b: -50 }]);
    expect(differences(draft, empty, at('18:00'), at('22:00'))).toHaveLength(2);
  });
  it('counts changed steps, not those of the past', () => {
    expect(changeCount(draft, draft, at('18:00'))).toBe(0);
    expect(changeCount(setValue(draft, 1, 1), draft, at('18:00'))).toBe(1);
    expect(changeCount(setValue(draft, 0, 1), draft, at('20:30'))).toBe(0);
    expect(changeCount(empty, draft, at('18:00'))).toBe(2);
  });
  it('says what was, and where nothing was', () => {
    expect(wasDuring(draft, at('19:30'), at('21:30'))).toEqual([100, -50, null]);
  });
});

describe('a series as a file', () => {
  it('says its end in a last row without a value, and reads back as it was', () => {
    const odd = steps(['23:00', 100], ['23:30', 0]);
    const text = seriesFile(odd, 'lib_p_kw', madrid);
    expect(text).toBe('timestamp,lib_p_kw\n2025-10-01T23:00:00+02:00,100\n2025-10-01T23:30:00+02:00,\n');
    for (const d of [odd, draft]) {
      expect(parseRows(seriesFile(d, 'lib_p_kw', madrid), madrid, at('18:00'))).toEqual({ draft: d });
      expect(parseRows(seriesFile(d, 'lib_p_kw', madrid).replace(/,/g, '\t'), madrid, at('18:00'))).toEqual({ draft: d });
    }
  });
});

describe('pasted rows', () => {
  const paste = (text: string) => parseRows(text, madrid, at('19:00'));
  it('may have empty columns after them', () => {
    expect(paste('19:00\t1\t\n20:00\t2\t\t\n21:00\t\t')).toEqual({ draft: steps(['19:00', 1], ['20:00', 2], ['21:00', 0]) });
    expect(paste('0\t0\t0\t5\n1\t0\t0\t')).toEqual({ draft: steps(['19:00', 5], ['20:00', 0]) });
  });
  it('are times and values, from a spreadsheet of any country', () => {
    expect(paste('From\tkW\n19:00\t100,5\n20:00\t−50\n21:00\tend')).toEqual({ draft: { rows: [{ t: at('19:00'), v: 100.5 }, { t: at('20:00'), v: -50 }], end: at('21:00') } });
    expect(paste('2025-10-01T19:00:00+02:00,1\n2025-10-01T19:15:00+02:00,2')).toEqual({ draft: steps(['19:00', 1], ['19:15', 2], ['19:30', 0]) });
  });
  it('may be relative', () => {
    expect(paste('hours,minutes,seconds,setpoint\n0,0,0,10\n1,30,0,end')).toEqual({ draft: steps(['19:00', 10], ['20:30', 0]) });
  });
  it.each([
    ['19:00\t1\n18:00\t2', 'Row 2: its time is not later than the row before.'],
    ['19:00\tabc', 'Row 1: "abc" is no number.'],
    ['25:00\t1', 'Row 1: "25:00" is no time.'],
    ['19:00\tend', 'Row 1: the series begins with its end.'],
    ['19:00\t1\n20:00\tend\n21:00\t1', 'Row 3: there is a row after the end.'],
    ['1\t2\t3', 'Row 1: two columns are wanted (time and value), 3 were found.'],
    ['0,61,0,5', 'Row 1: hours, minutes and seconds must be whole numbers, minutes and seconds up to 59.'],
    ['', 'There are no rows in it.'],
  ])('%j are refused with place and rule', (text, problem) => expect(paste(text)).toEqual({ problem }));
});

describe('repairs of a state of charge that leaves its window', () => {
  const violation = (from: string, to: string): Violation => ({ kind: 'state_of_charge', plant: 'lib', signal: 'p', from: new Date(at(from)).toISOString(), to: new Date(at(to)).toISOString(), value: 0.03, limit: 0.1, text: '' });
  it('end the step where the window is left, or lower it so that it ends there', () => {
    const [end, lower] = repairs(draft, violation('19:30', '20:00'), at('18:00'));
    expect(end!.draft.rows).toEqual([{ t: at('19:00'), v: 100 }, { t: at('19:30'), v: 0 }, { t: at('20:00'), v: -50 }]);
    expect(lower!.value).toBe(50);
    expect(lower!.draft.rows[0]!.v).toBe(50);
  });
  it('leave nothing that goes on in the same direction', () => {
    const long = steps(['19:00', 100], ['20:00', 80], ['21:00', -50], ['22:00', 0]);
    const [end] = repairs(long, violation('19:30', '21:00'), at('18:00'));
    expect(end!.draft.rows.map((r) => r.v)).toEqual([100, 0, 0, -50]);
  });
  it('do not lower what has begun', () => {
    expect(repairs(draft, violation('19:30', '20:00'), at('19:10')).map((r) => r.label)).toEqual(['end']);
  });
  it('take the whole step away where the window is left as it begins', () => {
    const [end, ...others] = repairs(draft, violation('19:00', '20:00'), at('18:00'));
    expect(end!.draft.rows.map((r) => r.v)).toEqual([0, -50]);
    expect(others).toEqual([]);
  });
  it('do not exist for a step of another plan', () => expect(repairs(draft, violation('22:00', '23:00'), at('18:00'))).toEqual([]));
});

describe('undo', () => {
  it('goes back and forth, and a new change ends the way forth', () => {
    const u = new Undo(1);
    u.set(2);
    u.set(3);
    expect([u.undo(), u.undo(), u.undo()]).toEqual([2, 1, 1]);
    expect(u.redo()).toBe(2);
    u.set(9);
    expect(u.canRedo).toBe(false);
    expect(u.undo()).toBe(2);
  });
});
