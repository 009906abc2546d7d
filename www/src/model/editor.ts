// The series that is edited: its draft with undo, kept on the server for everybody, and what it would lead to.

import { signal } from '@preact/signals';
import { Refusal, request } from '../api/http';
import type { CommandRecord, Effective, Preview, SeriesDocument, Violation } from '../api/types';
import { utc } from '../format/zone';
import { DraftVersion } from './draft_version';
import { changeCount, empty, fromSteps, same, toSteps, Undo, type Draft } from './draft';
import { notice } from './notices';
import { now, state, zone } from './store';
import { run } from './session';
import { twoDays } from './effective';

export interface Editing {
  key: string;
  document: SeriesDocument | null;
  applied: Draft;
  draft: Draft;
  canUndo: boolean;
  canRedo: boolean;
  /** When the server last took it; null while it was not yet told. */
  savedAt: number | null;
  saving: 'idle' | 'waiting' | 'failed';
  problem: string | null;
}

const nothing: Editing = { key: '', document: null, applied: empty, draft: empty, canUndo: false, canRedo: false, savedAt: null, saving: 'idle', problem: null };
export const editing = signal<Editing>(nothing);
export const preview = signal<{ staged: Effective | null; applied: Effective | null }>({ staged: null, applied: null });

let undo = new Undo<Draft>(empty);
let saveTimer: ReturnType<typeof setTimeout> | undefined;
let previewTimer: ReturnType<typeof setTimeout> | undefined;
let version = new DraftVersion();
let previewRun = 0;

export async function open(key: string): Promise<void> {
  // From here on no key and no paste reaches the series before; what it has is on its way to the server.
  const saved = flush();
  editing.value = { ...nothing, key };
  version = new DraftVersion();
  preview.value = { staged: null, applied: null };
  await saved;
  await load(key);
}

async function load(key: string): Promise<void> {
  try {
    const document = await request<SeriesDocument>(`/api/v1/schedules/${key}`);
    if (editing.peek().key !== key) return;
    const applied = fromSteps(document.applied);
    version.take(document.staged_version);
    const e = editing.peek();
    if (e.saving !== 'idle') {
      // What was typed meanwhile, or could not be kept, is not read over.
      editing.value = { ...e, document, applied };
      return;
    }
    const draft = document.staged ? fromSteps(document.staged) : applied;
    undo = new Undo(draft);
    editing.value = { ...nothing, key, document, applied, draft, savedAt: document.staged?.saved_at ? Date.parse(document.staged.saved_at) : null };
    askPreview(0);
  } catch (error) {
    if (editing.peek().key === key) editing.value = { ...editing.peek(), problem: error instanceof Refusal ? error.message : 'The series could not be read.' };
  }
}

/** Somebody else changed the draft, or what is applied changed. */
export function follow(): void {
  const e = editing.peek();
  const s = state.peek()?.schedules[e.key];
  if (!s || !e.document || e.saving !== 'idle') return;
  if (version.isNews(s.staged_version) || s.version !== e.document.version || s.enabled !== e.document.enabled) void load(e.key);
}

/** `transient` while a handle is dragged: no step to undo, nothing saved yet. */
export function edit(next: Draft, transient = false): void {
  const e = editing.peek();
  if (!e.document) {
    notice(`${seriesName(e.key)} is still being read.`, true);
    return;
  }
  if (transient) {
    editing.value = { ...e, draft: next };
    askPreview(60);
    return;
  }
  if (!same(next, undo.value)) undo.set(next);
  show();
}
export function undoEdit(): void {
  if (!undo.canUndo) return;
  undo.undo();
  show();
}
export function redoEdit(): void {
  if (!undo.canRedo) return;
  undo.redo();
  show();
}
function show(): void {
  editing.value = { ...editing.peek(), draft: undo.value, canUndo: undo.canUndo, canRedo: undo.canRedo, saving: 'waiting', problem: null };
  askPreview(120);
  clearTimeout(saveTimer);
  saveTimer = setTimeout(() => void save(), 500);
}

/** What changes the draft on the server, one after the other: what was asked for last is what stays. */
let changing: Promise<unknown> = Promise.resolve();
function inOrder<T>(change: () => Promise<T>): Promise<T> {
  const done = changing.then(change, change);
  changing = done.catch(() => {});
  return done;
}

function save(): Promise<void> {
  const e = editing.peek();
  clearTimeout(saveTimer);
  return e.saving === 'waiting' ? inOrder(() => keep(e)) : Promise.resolve();
}

const put = (key: string, draft: Draft) => request<SeriesDocument>(`/api/v1/schedules/${key}`, { method: 'PUT', body: toSteps(draft) });

async function keep(e: Editing): Promise<void> {
  const draft = e.draft;
  try {
    const back = same(draft, e.applied);
    const document = back
      ? await request<SeriesDocument>(`/api/v1/schedules/${e.key}`, { method: 'DELETE' })
      : await put(e.key, draft);
    const nowEditing = editing.peek();
    if (nowEditing.key !== e.key) return;
    version.take(document.staged_version);
    editing.value = { ...nowEditing, document, saving: nowEditing.draft === draft ? 'idle' : 'waiting', savedAt: now(), problem: null };
  } catch (error) {
    const nowEditing = editing.peek();
    // A newer draft is on its way and says itself how it fares.
    if (nowEditing.key === e.key && nowEditing.draft !== draft) return;
    if (nowEditing.key === e.key) editing.value = { ...nowEditing, saving: 'failed', problem: explain(error) };
    else notice(`The draft of ${seriesName(e.key)} could not be kept: ${explain(error)}`, true);
  }
}

export function explain(error: unknown): string {
  if (!(error instanceof Refusal)) return 'It did not work.';
  const first = error.problem?.errors?.[0];
  return first ? `${error.message} ${first.pointer}: ${first.detail}` : error.message;
}

async function flush(): Promise<void> {
  if (editing.peek().saving === 'waiting') await save();
}

/** Today and tomorrow, and on to the end of the day in which the draft ends; ten days at most. */
export function horizon(t: number, draft: Draft): [number, number] {
  const [from, to] = twoDays(t);
  const z = zone.peek();
  if (draft.rows.length === 0 || draft.end <= to) return [from, to];
  const end = z.dayStart(draft.end) === draft.end ? draft.end : z.addDays(draft.end, 1);
  return [from, Math.min(end, z.addDays(t, 10))];
}

function askPreview(wait: number): void {
  clearTimeout(previewTimer);
  previewTimer = setTimeout(() => void runPreview(), wait);
}
async function runPreview(): Promise<void> {
  const e = editing.peek();
  const t = now();
  if (!e.document || t === null) return;
  const [from, to] = horizon(t, e.draft);
  const mine = ++previewRun;
  const plant = e.document.plant;
  const ask = (draft: Draft) => request<Preview>('/api/v1/schedules/preview', { method: 'POST', mayWait: true, body: { from: utc(from), to: utc(to), series: { [e.key]: toSteps(draft.rows.length ? draft : { rows: [], end: to }) } } });
  try {
    const staged = await ask(e.draft);
    if (mine !== previewRun) return;
    const before = preview.peek().applied;
    preview.value = { staged: staged.plants[plant] ?? null, applied: before };
    if (!before || same(e.draft, e.applied)) {
      const applied = same(e.draft, e.applied) ? staged : await ask(e.applied);
      if (mine === previewRun) preview.value = { staged: staged.plants[plant] ?? null, applied: applied.plants[plant] ?? null };
    }
  } catch (error) {
    if (mine === previewRun) editing.value = { ...editing.peek(), problem: explain(error) };
  }
}

/** What the plant cannot do of the draft as it is now; null when nobody could say. */
export async function violationsNow(): Promise<Violation[] | null> {
  clearTimeout(previewTimer);
  preview.value = { ...preview.peek(), staged: null };
  await runPreview();
  const e = editing.peek();
  const found = preview.peek().staged?.violations ?? null;
  return found && found.filter((v) => v.signal === e.document?.signal);
}

export async function discard(): Promise<void> {
  const e = editing.peek();
  clearTimeout(saveTimer);
  undo = new Undo(e.applied);
  editing.value = { ...e, draft: e.applied, canUndo: false, canRedo: false, saving: 'waiting' };
  await save();
  askPreview(0);
}

/** Puts the draft in force. */
export async function apply(): Promise<void> {
  const { key, document } = editing.peek();
  if (!document) return;
  const record = await command(document.enabled ? 'schedule.update' : 'schedule.activate');
  if (record?.state !== 'succeeded') return;
  notice(`${seriesName(key)} is ${document.enabled ? 'updated' : 'active'}.`, false);
  if (editing.peek().key === key) await load(key);
}

export async function setActive(active: boolean): Promise<void> {
  const { key } = editing.peek();
  const record = await command(active ? 'schedule.activate' : 'schedule.inactivate');
  if (record?.state === 'succeeded' && editing.peek().key === key) await load(key);
}

/** In order with what is being saved. Null when it was not asked for, or nobody knows how it went. */
function command(kind: 'schedule.activate' | 'schedule.update' | 'schedule.inactivate'): Promise<CommandRecord | null> {
  const { key } = editing.peek();
  void save();
  return inOrder(async () => {
    const e = editing.peek();
    if (kind !== 'schedule.inactivate' && e.key === key) {
      if (e.saving === 'failed') return null;
      // Only what is staged is put in force, and a draft that is as what was applied is staged no more.
      if (e.document?.staged === null) {
        try {
          version.take((await put(key, e.draft)).staged_version);
        } catch (error) {
          notice(`${seriesName(key)} was not activated: ${explain(error)}`, true);
          return null;
        }
      }
    }
    return run({ kind, series: key });
  });
}

export function seriesName(key: string): string {
  const s = state.peek();
  const entry = s?.schedules[key];
  return entry ? `${s!.plants[entry.plant]?.name ?? entry.plant} ${entry.signal.toUpperCase()}` : key;
}
export const changes = (e: Editing) => changeCount(e.draft, e.applied, now() ?? 0);
