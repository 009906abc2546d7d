import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CommandRecord, CommandRequest, State } from '../src/api/types';
import { setValue, type Draft } from '../src/model/draft';
import { DraftVersion } from '../src/model/draft_version';

const asked: CommandRequest[] = [];
vi.mock('../src/model/session', () => ({
  run: async (command: CommandRequest) => {
    asked.push(command);
    calls.push(command.kind);
    return { state: 'succeeded', message: '' } as CommandRecord;
  },
}));
const { apply, discard, edit, editing, follow, open, setActive } = await import('../src/model/editor');
const { state } = await import('../src/model/store');

// ---- a service with one series, whose answers can be held back
let calls: string[] = [];
let held: (() => void)[] = [];
let hold = false;
let broken = false;
let draftNumber = 10;
let document: { enabled: boolean; version: number; applied: object | null; staged: object | null; staged_version: number };
const t = Date.parse('2025-10-01T19:00:00Z');
const steps = (v: number) => ({ rows: [{ time: new Date(t).toISOString(), value: v }], end: new Date(t + 3_600_000).toISOString() });
const draft = (v: number): Draft => ({ rows: [{ t, v }], end: t + 3_600_000 });
const tick = () => new Promise((r) => setTimeout(r, 0));

async function service(_path: string, init: RequestInit): Promise<Response> {
  const answer = () => new Response(JSON.stringify({ series: 'lib_p', plant: 'lib', signal: 'p', unit: 'kW', ...document }));
  if (init.method === 'POST') return new Response(JSON.stringify({ plants: {} }));
  const value = init.body ? (JSON.parse(init.body as string) as { rows: { value: number }[] }).rows[0]?.value : '';
  calls.push(`${init.method}${value === '' ? '' : ` ${value}`}`);
  if (hold && init.method !== 'GET') await new Promise<void>((r) => held.push(r));
  if (broken) return new Response('{"title":"no","detail":"It is full.","status":507}', { status: 507 });
  if (init.method === 'PUT') document = { ...document, staged: JSON.parse(init.body as string) as object, staged_version: ++draftNumber };
  if (init.method === 'DELETE') document = { ...document, staged: null, staged_version: 0 };
  return answer();
}
const told = (over: object = {}) =>
  (state.value = { time: '2025-10-01T18:00:00Z', schedules: { lib_p: { plant: 'lib', signal: 'p', enabled: document.enabled, version: document.version, staged_version: document.staged_version, ...over } }, plants: { lib: { name: 'LIB' } } } as unknown as State);

describe('the editor', () => {
  beforeEach(async () => {
    vi.stubGlobal('fetch', service);
    document = { enabled: false, version: 3, applied: steps(5), staged: null, staged_version: 0 };
    hold = broken = false;
    held = [];
    told();
    await open('lib_p');
    calls = [];
    asked.length = 0;
  });
  afterEach(() => vi.unstubAllGlobals());

  it('saves one draft after the other: what was asked for last stays', async () => {
    hold = true;
    edit(draft(1));
    const first = apply();
    await tick();
    edit(draft(2));
    const second = discard();
    await tick();
    expect(calls).toEqual(['PUT 1']);
    hold = false;
    held.forEach((go) => go());
    await Promise.all([first, second]);
    expect(calls.filter((c) => c !== 'GET')).toEqual(['PUT 1', 'schedule.activate', 'DELETE']);
    expect(document.staged).toBeNull();
  });

  it('does not read over a draft that could not be saved', async () => {
    broken = true;
    edit(draft(1));
    await apply();
    expect(editing.value.saving).toBe('failed');
    expect(asked).toEqual([]);
    calls = [];
    told({ version: 4, staged_version: 99 });
    follow();
    await tick();
    expect(calls).toEqual([]);
    expect(editing.value.draft).toEqual(draft(1));
  });

  it('does not read over what is typed while it reads', async () => {
    document = { ...document, staged: steps(6), staged_version: 99 };
    told();
    follow();
    edit(draft(7));
    await vi.waitFor(() => expect(editing.value.document?.staged_version).toBe(99));
    expect(editing.value.draft).toEqual(draft(7));
    expect(editing.value.saving).toBe('waiting');
    await discard();
  });

  it('takes its own version from the document, not from a state document that lags', async () => {
    document = { ...document, staged: steps(6), staged_version: 12 };
    draftNumber = 12;
    told({ staged_version: 11 });
    await open('lib_p');
    calls = [];
    follow();
    told({ staged_version: 12 });
    follow();
    expect(calls).toEqual([]);
    told({ staged_version: 13 });
    follow();
    expect(calls).toEqual(['GET']);
    await tick();
  });

  it('keeps the draft on the server before it is activated, after a discard, too', async () => {
    edit(setValue(editing.value.draft, 0, 8));
    await discard();
    expect(editing.value.document?.staged).toBeNull();
    calls = [];
    await apply();
    expect(calls.slice(0, 2)).toEqual(['PUT 5', 'schedule.activate']);
    document = { ...document, staged: null, staged_version: 0 };
    told();
    await open('lib_p');
    calls = [];
    await setActive(true);
    expect(calls.slice(0, 2)).toEqual(['PUT 5', 'schedule.activate']);
    calls = [];
    await setActive(false);
    expect(calls[0]).toBe('schedule.inactivate');
  });
});

describe('the version of a draft', () => {
  it('is news when it is higher than any, or the draft is gone', () => {
    const v = new DraftVersion();
    v.take(5);
    expect([3, 0, 5].map((n) => v.isNews(n))).toEqual([false, false, false]);
    expect([6, 0].map((n) => v.isNews(n))).toEqual([true, true]);
  });
  it('is no news while the state document lags behind our own changes', () => {
    const v = new DraftVersion();
    v.take(5);
    v.isNews(5);
    v.take(0);
    expect(v.isNews(5)).toBe(false);
    v.take(7);
    expect([5, 0, 7].map((n) => v.isNews(n))).toEqual([false, false, false]);
    expect(v.isNews(8)).toBe(true);
  });
});
