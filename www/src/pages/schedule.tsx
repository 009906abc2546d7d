// Staged against applied: drag, type, paste or upload, and see where it leads before it is put in force.

import '../style/schedule.css';
import { effect, signal } from '@preact/signals';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { Refusal, request } from '../api/http';
import type { ImportResult, State, Violation } from '../api/types';
import type { Range } from '../chart/geometry';
import { planLine } from '../chart/picture';
import { fixed, kw, parseNumber, signed } from '../format/number';
import { ms, parseTime } from '../format/zone';
import { arrivals, param, setParams } from '../model/address';
import { apply, changes, discard, edit, editing, follow, open, preview, redoEdit, seriesName, setActive, undoEdit, horizon, violationsNow } from '../model/editor';
import { insert, locked, overlay, parseRows, remove, repairs, same, setTime, setValue, stepEnd, valueAt, wasDuring, type Draft } from '../model/draft';
import { effectives, twoDays } from '../model/effective';
import { notice } from '../model/notices';
import { loadPrices, prices, worth } from '../model/prices';
import { seriesFile } from '../model/series_file';
import { applyAnyway, atLow, beyondText, byHarm, details, headline, limited } from '../model/violations';
import { connected, mayCommand, now, state, zone } from '../model/store';
import { timeGroup } from '../view/chart_group';
import { confirm, Dialog } from '../view/dialog';
import { Half } from '../view/half';
import { EditorChart } from '../view/editor_chart';
import { AlarmShape, Cross, Download, Lock, Plus, Redo, Undo, Upload } from '../view/icons';
import { Press } from '../view/press';
import { loadTemplates, TemplateBar, templates } from '../view/templates';

const hour = 3_600_000;
/** A setpoint, or the word for none. */
const level = (v: number) => (Number.isNaN(v) ? 'end' : kw(v));
type Preset = 'Today' | 'Next hours' | '2 days' | 'All';
const preset = signal<Preset>('Next hours');
const custom = signal<Range | null>(null);
const group = timeGroup(
  [0, 1],
  (r) => (custom.value = r),
  () => (custom.value = null),
);
function presetRange(p: Preset, t: number): Range {
  const [from, to] = twoDays(t);
  if (p === 'All') return horizon(t, editing.value.draft);
  if (p === '2 days') return [from, to];
  if (p === 'Today') return [from, zone.peek().addDays(t, 1)];
  const begin = Math.floor(t / 1_800_000) * 1_800_000 - hour;
  return [Math.max(from, begin), Math.min(to, begin + 7 * hour)];
}
const ranges: Record<string, Preset> = { today: 'Today', hours: 'Next hours', '2d': '2 days', all: 'All' };
const asked = (s: State) => {
  const key = param('series');
  return key !== null && key in s.schedules ? key : null;
};
const selected = signal<number | null>(null);

/** The next ten-minute boundary; an exact one stays. */
const nextStart = (t: number) => Math.ceil(t / 600_000) * 600_000;

export default function Schedule() {
  const s = state.value;
  const e = editing.value;
  useEffect(() => {
    if (!s) return;
    if (!e.key || !s.schedules[e.key]) void open(asked(s) ?? Object.keys(s.schedules)[0] ?? '');
  }, [!!s]);
  useEffect(
    () =>
      effect(() => {
        arrivals.value;
        const s = state.peek();
        const key = s && asked(s);
        if (key && key !== editing.peek().key && editing.peek().key) void open(key);
        const named = param('range');
        if (named && named in ranges) preset.value = ranges[named]!;
      }),
    [],
  );
  useEffect(
    () =>
      effect(() => {
        const key = editing.value.key;
        if (key) setParams('schedule', { series: key, range: Object.keys(ranges).find((k) => ranges[k] === preset.value && preset.value !== 'Next hours') ?? null });
      }),
    [],
  );
  useEffect(
    () =>
      effect(() => {
        state.value;
        follow();
      }),
    [],
  );
  useEffect(
    () =>
      effect(() => {
        const t = now();
        if (t === null) return;
        group.domain = horizon(t, editing.value.draft);
        const next = custom.value ?? presetRange(preset.value, t);
        const [a, b] = group.view.peek();
        if (a !== next[0] || b !== next[1]) group.view.value = next;
      }),
    [],
  );
  useEffect(() => void loadTemplates(), []);
  useEffect(() => void loadPrices(), []);
  useKeys();
  if (!s || !e.key) return null;
  return (
    <>
      <h1 class="hidden">Schedule</h1>
      <Tabs />
      <div class="editor" aria-busy={!e.document}>
        <EditorPanel />
        <StepsPanel />
      </div>
    </>
  );
}

function useKeys(): void {
  useEffect(() => {
    const typing = (target: EventTarget | null) => target instanceof HTMLElement && target.matches('input, textarea, select');
    const key = (ev: KeyboardEvent) => {
      if (!(ev.ctrlKey || ev.metaKey) || typing(ev.target)) return;
      if (ev.key.toLowerCase() === 'z' && !ev.shiftKey) undoEdit();
      else if (ev.key.toLowerCase() === 'y' || (ev.key.toLowerCase() === 'z' && ev.shiftKey)) redoEdit();
      else return;
      ev.preventDefault();
    };
    const paste = (ev: ClipboardEvent) => {
      const text = ev.clipboardData?.getData('text/plain') ?? '';
      if (!mayCommand.peek() || (typing(ev.target) && !/[\t\n]/.test(text.trim()))) return;
      ev.preventDefault();
      pasteText(text);
    };
    addEventListener('keydown', key);
    addEventListener('paste', paste);
    return () => {
      removeEventListener('keydown', key);
      removeEventListener('paste', paste);
    };
  }, []);
}

export function pasteText(text: string): void {
  const t = now() ?? 0;
  const result = parseRows(text, zone.peek(), nextStart(t));
  if ('problem' in result) {
    notice(`Nothing was pasted. ${result.problem}`, true);
    return;
  }
  const ahead = { ...result.draft, rows: result.draft.rows.filter((_, i) => stepEnd(result.draft, i) > t).map((r) => ({ ...r, t: Math.max(r.t, Math.floor(t / 1000) * 1000 + 1000) })) };
  if (ahead.rows.length === 0) {
    notice('Nothing was pasted: all rows are in the past.', true);
    return;
  }
  const reading = editing.peek().document === null;
  edit(overlay(editing.peek().draft, ahead));
  if (!reading) notice(`${ahead.rows.length} steps were pasted.`, false);
}

function Tabs() {
  const s = state.value!;
  const e = editing.value;
  const may = mayCommand.value;
  const n = e.document ? changes(e) : 0;
  const dirty = e.document !== null && !same(e.draft, e.applied);
  const api = s.active_schedule_source === 'api';
  const name = seriesName(e.key);
  return (
    <div class="toolbar">
      <div class="seriestabs" role="tablist" aria-label="Series">
        {Object.entries(s.schedules).map(([key, entry]) => (
          <button key={key} role="tab" aria-selected={key === e.key} class={key === e.key ? 'current' : undefined} onClick={() => void open(key)}>
            <b>{seriesName(key)}</b>
            <small>
              {entry.enabled ? (api ? 'Override on' : 'Active') : api ? 'Market plan' : 'Not active'}
              {key === e.key && n > 0 ? `, ${n} change${n > 1 ? 's' : ''}` : key !== e.key && entry.staged_version > 0 ? ', draft' : ''}
            </small>
          </button>
        ))}
      </div>
      <span class="grow" />
      {may && (
        <>
          <Press class="iconbutton" name="Undo" title="Undo (Ctrl+Z)" off={!e.canUndo} act={undoEdit}>
            <Undo />
          </Press>
          <Press class="iconbutton" name="Redo" title="Redo (Ctrl+Y)" off={!e.canRedo} act={redoEdit}>
            <Redo />
          </Press>
          <ImportButton />
        </>
      )}
      <button class="button" disabled={e.draft.rows.length === 0} onClick={() => exportDraft(e.key, e.draft)}>
        <Download /> Export
      </button>
      {may && (
        <>
          <Press class="button" off={!dirty || !connected.value} act={() => void discard()}>
            {dirty ? `Discard ${n || ''} change${n === 1 ? '' : 's'}`.replace('  ', ' ') : 'Discard'}
          </Press>
          <Press class="button primary" off={!connected.value || e.saving === 'failed' || e.draft.rows.length === 0 || (e.document?.enabled === true && !dirty)} act={() => void askApply()}>
            {e.document?.enabled ? 'Update' : 'Activate'} {name}
          </Press>
        </>
      )}
    </div>
  );
}

const imported = signal<{ title: string; lines: string[]; violations: Violation[]; refused: boolean } | null>(null);

function ImportButton() {
  const take = async (input: HTMLInputElement) => {
    const file = input.files?.[0];
    input.value = '';
    if (!file) return;
    const type = /\.json$/i.test(file.name) ? 'application/json' : /\.xlsx$/i.test(file.name) ? 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' : 'text/csv';
    try {
      const result = await request<ImportResult>(`/api/v1/schedules/import?file=${encodeURIComponent(file.name)}`, { method: 'POST', body: file, contentType: type, timeoutMs: 60_000 });
      imported.value = { title: `${file.name} is staged`, lines: [`Staged: ${result.staged.map(seriesName).join(', ')}. Nothing is dispatched before you update or activate.`, ...(result.notes ?? [])], violations: result.violations, refused: false };
      const key = editing.peek().key;
      await open(result.staged.includes(key) ? key : (result.staged[0] ?? key));
    } catch (error) {
      const errors = error instanceof Refusal ? (error.problem?.errors ?? []) : [];
      imported.value = { title: `${file.name} was refused`, lines: [error instanceof Refusal ? error.message : 'It could not be read.', ...errors.map((x) => `${x.pointer}: ${x.detail}`)], violations: [], refused: true };
    }
  };
  const i = imported.value;
  return (
    <>
      <label class="button">
        <Upload /> Import
        <input type="file" class="hidden" accept=".csv,.json,.xlsx,text/csv,application/json,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" disabled={!connected.value} onChange={(ev) => void take(ev.currentTarget)} />
      </label>
      {i && (
        <Dialog label={i.title} close={() => (imported.value = null)} wide>
          <h2>{i.title}</h2>
          {i.lines.map((l) => (
            <p key={l} class="soft">
              {l}
            </p>
          ))}
          {i.violations.length > 0 && (
            <>
              <p>
                <b>
                  {i.violations.length} violation{i.violations.length > 1 ? 's' : ''}
                </b>
              </p>
              <ul class="violations">
                {i.violations.slice(0, 50).map((v, k) => (
                  <li key={k}>{violationText(v)}</li>
                ))}
              </ul>
            </>
          )}
          {!i.refused && i.violations.length === 0 && <p>No violations.</p>}
          <div class="actions">
            <button class="button primary" onClick={() => (imported.value = null)}>
              Close
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}

export function violationText(v: Violation): string {
  const z = zone.value;
  const t = now() ?? 0;
  const name = state.value?.plants[v.plant]?.name ?? v.plant;
  const when = `${z.near(Date.parse(v.from), t)} to ${z.near(Date.parse(v.to), t)}`;
  const unit = v.signal === 'p' ? 'kW' : 'kvar';
  switch (v.kind) {
    case 'power_limit':
      return `${name}, ${when}: ${kw(v.value)} ${unit} is beyond the limit of ${kw(v.limit)} ${unit}; the limit will be dispatched.`;
    case 'state_of_charge':
      return `${name}, ${when}: the state of charge would reach ${fixed(v.value * 100, 1)} %, the limit is ${fixed(v.limit * 100, 0)} %.`;
    case 'ramp':
      return `${name}, ${when}: a step of ${kw(v.value)} ${unit}; the plant follows with ${kw(v.limit)} ${unit} in one period.`;
  }
}

function exportDraft(key: string, draft: Draft): void {
  const entry = state.peek()?.schedules[key];
  if (!entry) return;
  const column = `${entry.plant}_${entry.signal === 'p' ? 'p_kw' : 'q_kvar'}`;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([seriesFile(draft, column, zone.peek())], { type: 'text/csv' }));
  link.download = `manual_${key}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function EditorPanel() {
  const s = state.value!;
  const e = editing.value;
  const entry = s.schedules[e.key]!;
  const plant = s.plants[entry.plant]!;
  const t = now() ?? 0;
  const { staged, applied: before } = preview.value;
  const unit = entry.signal === 'p' ? 'kW' : 'kvar';
  const api = s.active_schedule_source === 'api';
  const effective = effectives.value[entry.plant] ?? null;
  const base = useMemo(() => {
    if (!api) return [];
    // Where nothing manual wins, the effective schedule is the market plan.
    const only = effective ? { ...effective, segments: effective.segments.map((x) => ({ ...x })) } : null;
    return planLine(only, entry.signal, twoDays(t)).map((p) => p);
  }, [effective, entry.signal, api]);
  const limits: Range = entry.signal === 'p' ? [plant.model.p_min_kw, plant.model.p_max_kw] : [plant.model.q_min_kvar, plant.model.q_max_kvar];
  const c = custom.value;
  return (
    <section class="panel editpanel" aria-label={`${plant.name} ${entry.signal === 'p' ? 'active' : 'reactive'} power`}>
      <div class="legend">
        <h2>
          {plant.name} {entry.signal === 'p' ? 'active' : 'reactive'} power, {unit}
        </h2>
        <span class="item">
          <span class={`swatch heavy c-${entry.signal}`} /> Staged
        </span>
        <span class="item">
          <span class={`swatch dashed c-${entry.signal}`} /> Applied
        </span>
        {api && (
          <span class="item">
            <span class="swatch c-edge" /> In force
          </span>
        )}
        <div class="tools">
          <span class="small soft snap">Snap 5 min</span>
          <div class="halves" role="group" aria-label="Range of time">
            {(['Today', 'Next hours', '2 days', ...(horizon(t, e.draft)[1] > twoDays(t)[1] ? ['All'] : [])] as Preset[]).map((p) => (
              <button key={p} class={!c && preset.value === p ? 'is' : undefined} aria-pressed={!c && preset.value === p} onClick={() => ((custom.value = null), (preset.value = p))}>
                {p}
              </button>
            ))}
          </div>
        </div>
      </div>
      {e.problem && (
        <p class="problem" role="alert">
          {e.problem}
        </p>
      )}
      <EditorChart group={group} draft={e.draft} applied={e.applied} signal={entry.signal} model={plant.model} unit={unit} staged={staged} before={before} base={base} now={t} override={api} active={entry.enabled} mayEdit={mayCommand.value} selected={selected.value} select={(i) => (selected.value = i)} edit={edit} />
      <ViolationBar all={(staged?.violations ?? []).filter((v) => v.signal === entry.signal)} draft={e.draft} limits={limits} name={plant.name} now={t} />
      {mayCommand.value && templates.value.length > 0 && <TemplateBar series={e.key} start={Math.max(nextStart(t), e.draft.rows.length ? e.draft.end : 0)} max={entry.signal === 'p' ? plant.model.p_max_kw : plant.model.q_max_kvar} insert={(d) => edit(overlay(editing.peek().draft, d))} />}
      <p class="hint">
        Drag a level or an edge, click to add, <kbd>Del</kbd> to remove, arrows for exact moves, <kbd>Ctrl</kbd> <kbd>Z</kbd> to undo
        <span class="grow" />
        <span aria-live="polite">{e.saving === 'waiting' ? 'Saving the draft…' : e.saving === 'failed' ? 'The draft is not saved' : e.savedAt !== null && !same(e.draft, e.applied) ? `Draft saved ${zone.value.clockSeconds(e.savedAt)}, seen by every operator` : ''}</span>
      </p>
    </section>
  );
}

function ViolationBar({ all, draft, limits, name, now: t }: { all: readonly Violation[]; draft: Draft; limits: Range; name: string; now: number }) {
  const z = zone.value;
  const list = byHarm(all);
  const first = list[0];
  const at = first ? Date.parse(first.from) : 0;
  const ways = useMemo(() => (first?.kind === 'state_of_charge' ? repairs(draft, first, t) : []), [first, draft, Math.floor(t / 10_000)]);
  if (!first) return <div class="violationbar quiet">{draft.rows.length ? 'The projection stays within its window and all limits.' : 'Nothing is planned here. Click into the chart, add a step, paste or import.'}</div>;
  const asked = first.kind === 'state_of_charge' ? valueAt(draft, Math.max(at, t)) : null;
  const held = first.kind === 'power_limit' ? limited(draft, limits[0], limits[1], t) : draft;
  return (
    <div class="violationbar" role="status">
      <AlarmShape level="high" />
      <div class="grow">
        <b>
          {name} {headline(first, asked, z, t)}
        </b>
        <p class="small">
          {details(first, z, t)}
          {list.length > 1 && ` And ${list.length - 1} more: ${headline(list[1]!, null, z, t)}${list.length > 2 ? ' …' : ''}`}
        </p>
      </div>
      {mayCommand.value && !same(held, draft) && (
        <button class="button" onClick={() => edit(held)}>
          Hold to {kw(first.limit)} {first.signal === 'p' ? 'kW' : 'kvar'}
        </button>
      )}
      {mayCommand.value &&
        ways.map((w) => (
          <button key={w.label} class="button" onClick={() => edit(w.draft)}>
            {w.label === 'end' ? `End ${atLow(first) ? 'discharge' : 'charge'} at ${z.clock(w.value)}` : `Lower to ${kw(w.value)} kW`}
          </button>
        ))}
    </div>
  );
}

/** What the plant cannot do of the draft is said before it is put in force. */
async function askApply(): Promise<void> {
  const e = editing.peek();
  const verb = e.document?.enabled ? 'Update' : 'Activate';
  const found = await violationsNow();
  if (editing.peek().key !== e.key) return;
  const t = now() ?? 0;
  if (found === null && !(await confirm({ title: `${verb} ${seriesName(e.key)} unchecked?`, text: ['The service could not say what the plant can do of it.'], verb: `${verb} unchecked` }))) return;
  if (found?.length && !(await confirm(applyAnyway(verb, seriesName(e.key), found, zone.peek(), t)))) return;
  await apply();
}

function StepsPanel() {
  const s = state.value!;
  const e = editing.value;
  const entry = s.schedules[e.key]!;
  const t = now() ?? 0;
  const may = mayCommand.value;
  const api = s.active_schedule_source === 'api';
  const z = zone.value;
  const unit = entry.signal === 'p' ? 'kW' : 'kvar';
  const model = s.plants[entry.plant]!.model;
  const [low, high] = entry.signal === 'p' ? [model.p_min_kw, model.p_max_kw] : [model.q_min_kvar, model.q_max_kvar];
  const { staged, applied: before } = preview.value;
  const first = e.draft.rows.findIndex((_, i) => stepEnd(e.draft, i) > t);
  const rows = e.draft.rows.map((r, i) => ({ r, i })).filter(({ i }) => first >= 0 && i >= first);
  const add = () => {
    const at = e.draft.rows.length ? Math.max(e.draft.end, nextStart(t)) : nextStart(t);
    const next = insert(e.draft, at, 0);
    edit(next);
    selected.value = next.rows.findIndex((r) => r.t === at);
  };
  return (
    <section class="panel stepspanel" aria-label="Steps">
      <div class="stepshead">
        <h2>Steps</h2>
        <span class="grow" />
        <span class="small soft">{api ? 'Override' : 'Plan'}</span>
        <div class={`halves${connected.value ? '' : ' off'}`} role="group" aria-label="Series in force">
          {may ? (
            <>
              <Half is={entry.enabled} label={entry.enabled ? 'Active' : 'Activate'} act={() => void (e.draft.rows.length && !entry.enabled ? askApply() : setActive(true))} disabled={!connected.value || e.saving === 'failed' || e.draft.rows.length === 0} />
              <Half is={!entry.enabled} label={entry.enabled ? 'Inactivate' : 'Inactive'} act={() => void setActive(false)} disabled={!connected.value} />
            </>
          ) : (
            <span class="is">{entry.enabled ? 'Active' : 'Inactive'}</span>
          )}
        </div>
      </div>
      <div class="stepstable">
        <table>
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col" class="number">Setpoint {unit}</th>
              <th scope="col" class="number">Was {unit}</th>
              <th scope="col" class="number">{entry.signal === 'p' ? 'kWh' : ''}</th>
              <th scope="col" class="number">{entry.signal === 'p' ? 'SoC after' : ''}</th>
              <th><span class="hidden">Remove</span></th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ r, i }, n) => {
              const newDay = z.dayStart(r.t) !== z.dayStart(n > 0 ? rows[n - 1]!.r.t : t);
              const to = stepEnd(e.draft, i);
              const fixedRow = locked(e.draft, i, t);
              const was = wasDuring(e.applied, r.t, to);
              const changed = !(was.length === 1 && was[0] === (Number.isNaN(r.v) ? null : r.v));
              const after = socAt(staged, to);
              // Without a configured window the battery itself is the bound: the service says where it is met.
              const violated = (staged?.violations ?? []).some((v) => v.kind === 'state_of_charge' && Date.parse(v.from) < to && Date.parse(v.to) > r.t && Math.sign(r.v) === (atLow(v) ? 1 : -1));
              const out = violated || after !== null && ((model.soc_min_pu !== null && after < model.soc_min_pu - 1e-6) || (model.soc_max_pu !== null && after > model.soc_max_pu + 1e-6));
              return (
                <>
                {newDay && (
                  <tr class="dayhead" key={`d${i}`}>
                    <th scope="rowgroup" colSpan={6}>{z.day(r.t)}</th>
                  </tr>
                )}
                <tr key={i} class={`${changed ? 'changed' : ''}${selected.value === i ? ' selected' : ''}`}>
                  <td>
                    {fixedRow || !may ? (
                      <span class="soft">{z.near(r.t, t)}</span>
                    ) : (
                      <Typed label={`From, step ${i + 1}`} text={z.clockSeconds(r.t)} parse={(text) => parseTime(text, z, r.t)} take={(v) => edit(setTime(e.draft, i, v, t))} focus={() => (selected.value = i)} />
                    )}
                  </td>
                  <td class="number">
                    {fixedRow || !may ? <span class="soft">{level(r.v)}</span> : <Typed label={`Setpoint, step ${i + 1}`} text={level(r.v)} parse={parseNumber} take={(v) => edit(setValue(e.draft, i, v))} focus={() => (selected.value = i)} right beyond={beyondText(r.v, low, high, unit)} />}
                  </td>
                  <td class="number soft">
                    {fixedRow ? <span class="lockmark" title="running: what has begun is not changed"><Lock /> runs</span> : was.map((v) => kw(v)).slice(0, 2).join(', ') + (was.length > 2 ? ' …' : '')}
                  </td>
                  <td class="number">{entry.signal === 'p' && !Number.isNaN(r.v) ? kw((r.v * (to - Math.max(r.t, t))) / hour) : ''}</td>
                  <td class={`number${out ? ' bad' : ''}`}>{entry.signal === 'p' ? `${fixed(after === null ? null : after * 100, 1)} %` : ''}</td>
                  <td>
                    {!fixedRow && may && (
                      <button class="iconbutton tiny" aria-label={`Remove step ${i + 1}`} onClick={() => ((selected.value = null), edit(remove(e.draft, i)))}>
                        <Cross />
                      </button>
                    )}
                  </td>
                </tr>
                </>
              );
            })}
            {e.draft.rows.length > 0 && (
              <tr>
                <td>{may && e.draft.end > t ? <Typed label="End" text={z.clockSeconds(e.draft.end)} parse={(text) => parseTime(text, z, e.draft.end)} take={(v) => edit(setTime(e.draft, e.draft.rows.length, v, t))} focus={() => {}} /> : <span class="soft">{z.near(e.draft.end, t)}</span>}</td>
                <td colSpan={5} class="soft">
                  {rows.length > 0 && z.dayStart(e.draft.end) !== z.dayStart(rows.at(-1)!.r.t) ? `${z.day(e.draft.end)}: ` : ''}end, {api ? 'back to the market plan' : 'then 0'}
                </td>
              </tr>
            )}
          </tbody>
        </table>
      </div>
      {may && (
        <div class="stepsfoot">
          <button class="button" onClick={add}>
            <Plus /> Add step
          </button>
          <span class="grow" />
          <span class="small soft">
            Paste rows with <kbd>Ctrl</kbd> <kbd>V</kbd>
          </span>
        </div>
      )}
      <span class="grow" />
      {entry.signal === 'p' && <Totals staged={staged} before={before} model={model} to={horizon(t, e.draft)[1]} />}
      <p class="small soft consequence">{consequenceText(e.draft, e.applied, t, changes(e), entry.enabled)}</p>
    </section>
  );
}

function consequenceText(draft: Draft, applied: Draft, t: number, n: number, enabled: boolean): string {
  const z = zone.value;
  if (same(draft, applied)) return enabled ? 'The draft is what is applied.' : draft.rows.length ? 'The series is not active: nothing of it is dispatched.' : '';
  const first = [...draft.rows.map((r) => r.t), ...applied.rows.map((r) => r.t)].filter((x) => x > t).sort((a, b) => a - b)[0];
  const ends = draft.rows.length && applied.rows.length && draft.end !== applied.end ? ` and ends the series at ${z.near(draft.end, t)} instead of ${z.near(applied.end, t)}` : '';
  return `${enabled ? 'Update' : 'Activate'} changes ${n} step${n === 1 ? '' : 's'}${ends}.${first ? ` Nothing changes before ${z.near(first, t)}.` : ''}`;
}

function Totals({ staged, before, model, to }: { staged: ReturnType<typeof preview.peek>['staged']; before: ReturnType<typeof preview.peek>['applied']; model: { soc_min_pu: number | null }; to: number }) {
  const a = staged?.projection;
  const b = before?.projection;
  const lowest = (p: typeof a) => (p && p.points.length ? Math.min(...p.points.map((x) => x.soc_pu)) * 100 : null);
  const la = lowest(a);
  const lb = lowest(b);
  const list = prices.value;
  const wa = list && worth(list, staged);
  const wb = list && worth(list, before);
  const change = (x: number | null | undefined, y: number | null | undefined) => (x === null || x === undefined || y === null || y === undefined ? null : x - y);
  return (
    <table class="totals">
      <thead>
        <tr>
          <th>From now to {zone.value.near(to, now() ?? 0)}</th>
          <th class="number">Staged</th>
          <th class="number">Applied</th>
          <th class="number">Change</th>
        </tr>
      </thead>
      <tbody>
        <tr>
          <td>Discharge, kWh</td>
          <td class="number">{fixed(a?.energy_out_kwh, 1)}</td>
          <td class="number soft">{fixed(b?.energy_out_kwh, 1)}</td>
          <td class="number">{signed(change(a?.energy_out_kwh, b?.energy_out_kwh), 1)}</td>
        </tr>
        <tr>
          <td>Charge, kWh</td>
          <td class="number">{fixed(a?.energy_in_kwh, 1)}</td>
          <td class="number soft">{fixed(b?.energy_in_kwh, 1)}</td>
          <td class="number">{signed(change(a?.energy_in_kwh, b?.energy_in_kwh), 1)}</td>
        </tr>
        <tr>
          <td>Lowest SoC</td>
          <td class={`number${la !== null && model.soc_min_pu !== null && la < model.soc_min_pu * 100 - 1e-6 ? ' bad' : ''}`}>{fixed(la, 1)} %</td>
          <td class="number soft">{fixed(lb, 1)} %</td>
          <td class="number">{signed(change(la, lb), 1)} %</td>
        </tr>
        {list && (
          <tr title="Discharged less charged, at the prices under the plan. Losses and what stays in the battery are not in it.">
            <td>Earned, {list.money}</td>
            <td class="number">{fixed(wa, 2)}</td>
            <td class="number soft">{fixed(wb, 2)}</td>
            <td class="number">{signed(change(wa, wb), 2)}</td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

/** A field that takes what was typed when it is left or Enter is pressed; what is no value stays and is marked. */
function Typed({ label, text, parse, take, focus, right, beyond }: { label: string; text: string; parse: (text: string) => number | null; take: (v: number) => void; focus: () => void; right?: boolean; beyond?: string }) {
  const [typed, setTyped] = useState<string | null>(null);
  const [bad, setBad] = useState(false);
  const commit = () => {
    if (typed === null) return;
    const v = parse(typed);
    if (v === null) {
      setBad(true);
      return;
    }
    setBad(false);
    setTyped(null);
    take(v);
  };
  return (
    <input
      class={`field typed${right ? ' right' : ''}${beyond ? ' beyond' : ''}`}
      aria-label={beyond ? `${label}: ${beyond}` : label}
      title={beyond}
      aria-invalid={bad}
      value={typed ?? text}
      onFocus={focus}
      onInput={(ev) => setTyped(ev.currentTarget.value)}
      onBlur={commit}
      onKeyDown={(ev) => {
        if (ev.key === 'Enter') commit();
        // What is being typed is undone by the browser; then, and where nothing is, the last change of the plan.
        const key = ev.key.toLowerCase();
        const asksUndo = (ev.ctrlKey || ev.metaKey) && (key === 'z' || key === 'y');
        if (asksUndo && (typed === null || typed === text)) {
          setTyped(null);
          setBad(false);
          if (key === 'y' || ev.shiftKey) redoEdit();
          else undoEdit();
          ev.preventDefault();
          ev.stopPropagation();
        }
        if (ev.key === 'Escape') {
          setTyped(null);
          setBad(false);
        }
      }}
    />
  );
}

function socAt(e: typeof preview.value.staged, t: number): number | null {
  const points = e?.projection?.points ?? [];
  for (let i = 1; i < points.length; ++i) {
    const a = ms(points[i - 1]!.time)!;
    const b = ms(points[i]!.time)!;
    if (t >= a && t <= b) return b === a ? points[i]!.soc_pu : points[i - 1]!.soc_pu + ((points[i]!.soc_pu - points[i - 1]!.soc_pu) * (t - a)) / (b - a);
  }
  return null;
}

