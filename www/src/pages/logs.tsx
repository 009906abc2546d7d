// What happened and what the service says: live, filtered, followed by correlation id.

import '../style/pages.css';
import { effect, signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { query, Refusal, request } from '../api/http';
import type { EventRecord, EventsPage, LogLine, LogsPage } from '../api/types';
import { ms } from '../format/zone';
import { feed } from '../model/session';
import { connected, events as liveEvents, logLines, now, state, zone } from '../model/store';
import { level } from '../model/words';
import { AlarmShape } from '../view/icons';

type AlarmLevel = ReturnType<typeof level>;
type Tab = 'events' | 'logs';
const tab = signal<Tab>('events');
const filter = signal({ channel: '', level: '', severity: '', plant: '', correlation: '', text: '', file: '' });
const tail = signal(true);
const page = signal<{ events: EventRecord[]; lines: LogLine[]; next: string | null; files: string[]; problem: string; loading: boolean }>({ events: [], lines: [], next: null, files: [], problem: '', loading: false });
const levels = ['trace', 'debug', 'info', 'warning', 'error', 'fatal'];
const severities = ['info', 'warning', 'alarm'];
const channels = ['control', 'dispatch', 'measure', 'market', 'web', 'sim'];

let run = 0;
async function load(more = false): Promise<void> {
  const mine = ++run;
  const f = filter.peek();
  const before = page.peek();
  page.value = { ...before, loading: true };
  const cursor = more ? before.next : null;
  try {
    if (tab.peek() === 'events') {
      const answer = await request<EventsPage>(`/api/v1/events${query({ severity: f.severity, plant: f.plant, correlation: f.correlation, limit: 200, cursor })}`);
      if (mine !== run) return;
      page.value = { ...page.peek(), events: more ? [...before.events, ...answer.events] : answer.events, next: answer.next, problem: '', loading: false };
    } else {
      const answer = await request<LogsPage>(`/api/v1/logs${query({ channel: f.channel, level: f.level, plant: f.plant, correlation: f.correlation, text: f.text, file: f.file, limit: 300, cursor })}`);
      if (mine !== run) return;
      page.value = { ...page.peek(), lines: more ? [...before.lines, ...answer.lines] : answer.lines, next: answer.next, files: answer.files ?? [], problem: '', loading: false };
    }
  } catch (error) {
    if (mine === run) page.value = { ...page.peek(), problem: error instanceof Refusal ? error.message : 'It could not be read.', loading: false };
  }
}

/** Whether a live line passes the filter that the server applied to the rest. */
export function passes(line: LogLine, f: typeof filter.value): boolean {
  return (
    (!f.channel || line.channel === f.channel) &&
    (!f.level || levels.indexOf(line.level) >= levels.indexOf(f.level)) &&
    (!f.plant || line.plant === f.plant) &&
    (!f.correlation || line.correlation === f.correlation) &&
    (!f.text || line.message.toLowerCase().includes(f.text.toLowerCase()))
  );
}

export default function Logs() {
  useEffect(
    () =>
      effect(() => {
        tab.value;
        filter.value;
        if (connected.value) void load();
      }),
    [],
  );
  useEffect(
    () =>
      effect(() => {
        feed.subscribe('logs', tab.value === 'logs' && tail.value && !filter.value.file);
      }),
    [],
  );
  useEffect(() => () => feed.subscribe('logs', false), []);
  const s = state.value;
  const f = filter.value;
  const set = (change: Partial<typeof f>) => (filter.value = { ...filter.peek(), ...change });
  const { events, lines, next, files, problem, loading } = page.value;
  const choose = (label: string, value: string, options: [string, string][], take: (v: string) => void) => (
    <select class="field" aria-label={label} value={value} onChange={(e) => take(e.currentTarget.value)}>
      {options.map(([v, text]) => (
        <option key={v} value={v}>
          {text}
        </option>
      ))}
    </select>
  );
  const plants: [string, string][] = [['', 'Every plant'], ...Object.entries(s?.plants ?? {}).map(([id, p]) => [id, p.name] as [string, string])];
  return (
    <>
      <h1 class="hidden">Events and logs</h1>
      <div class="toolbar">
        <div class="halves" role="group" aria-label="What is shown">
          {(['events', 'logs'] as Tab[]).map((x) => (
            <button key={x} class={tab.value === x ? 'is' : undefined} aria-pressed={tab.value === x} onClick={() => (tab.value = x)}>
              {x === 'events' ? 'Events' : 'Logs'}
            </button>
          ))}
        </div>
        {tab.value === 'events' && choose('Severity', f.severity, [['', 'Every severity'], ['warning', 'Warning and above'], ['alarm', 'Alarm']], (v) => set({ severity: v }))}
        {tab.value === 'logs' && choose('Channel', f.channel, [['', 'Every channel'], ...channels.map((c) => [c, c] as [string, string])], (v) => set({ channel: v, file: '' }))}
        {tab.value === 'logs' && choose('Level', f.level, [['', 'Every level'], ...levels.map((l) => [l, `${l} and above`] as [string, string])], (v) => set({ level: v }))}
        {choose('Plant', f.plant, plants, (v) => set({ plant: v }))}
        <input class="field" aria-label="Correlation id" placeholder="Correlation id" value={f.correlation} onChange={(e) => set({ correlation: e.currentTarget.value.trim() })} />
        {tab.value === 'logs' && <input class="field grow" aria-label="Text" placeholder="Text" value={f.text} onChange={(e) => set({ text: e.currentTarget.value })} />}
        {tab.value === 'logs' && files.length > 0 && choose('File', f.file, [['', 'Current files'], ...files.map((x) => [x, x] as [string, string])], (v) => set({ file: v }))}
        <span class="grow" />
        {Object.values(f).some(Boolean) && (
          <button class="button" onClick={() => set({ channel: '', level: '', severity: '', plant: '', correlation: '', text: '', file: '' })}>
            Clear filter
          </button>
        )}
        <label class="check">
          <input type="checkbox" checked={tail.value} onChange={(e) => (tail.value = e.currentTarget.checked)} /> Live
        </label>
      </div>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <section class="panel loglist" aria-label={tab.value === 'events' ? 'Events' : 'Log lines'} tabIndex={0}>
        {tab.value === 'events' ? <Records list={withLive(events)} columns={eventColumns} id={(e) => String(e.id)} /> : <Records list={withLiveLogs(lines).slice(0, 1000)} columns={logColumns} id={(l, at) => `${l.time}${at}`} look={(l) => l.level} />}
        {loading && <p class="soft padded">Loading…</p>}
        {next && !loading && (
          <p class="padded">
            <button class="button" onClick={() => void load(true)}>
              Older
            </button>
          </p>
        )}
      </section>
    </>
  );
}

function withLive(events: EventRecord[]): EventRecord[] {
  if (!tail.value) return events;
  const f = filter.value;
  const known = new Set(events.map((e) => e.id));
  return [...liveEvents.value.filter((e) => !known.has(e.id) && (!f.severity || severities.indexOf(e.severity) >= severities.indexOf(f.severity)) && (!f.plant || e.plant === f.plant) && (!f.correlation || e.correlation === f.correlation)), ...events].sort((a, b) => b.id - a.id);
}
function withLiveLogs(lines: LogLine[]): LogLine[] {
  if (!tail.value || filter.value.file) return lines;
  const newest = lines[0]?.time ?? '';
  const known = new Set(lines.slice(0, 400).map((l) => l.time + l.message));
  return [...logLines.value.filter((l) => passes(l, filter.value) && l.time >= newest && !known.has(l.time + l.message)), ...lines];
}

function Time({ time }: { time: string }) {
  const t = ms(time);
  if (t === null) return <>–</>;
  const z = zone.value;
  const millis = String(t % 1000).padStart(3, '0');
  const today = z.dayStart(t) === z.dayStart(now() ?? t);
  return (
    <time dateTime={time}>
      {today ? '' : `${z.day(t)} `}
      {z.clockSeconds(t)}
      <span class="faint">.{millis}</span>
    </time>
  );
}

function Correlation({ id }: { id: string | null }) {
  return id ? (
    <button class="link" onClick={() => (filter.value = { ...filter.peek(), correlation: id })} title="Show everything of this command">
      {id}
    </button>
  ) : null;
}

interface Column<T> {
  name: string;
  class?: string;
  cell: (item: T) => ComponentChildren;
}

function Records<T>({ list, columns, id, look }: { list: T[]; columns: Column<T>[]; id: (item: T, at: number) => string; look?: (item: T) => string }) {
  return (
    <table class="plain log">
      <thead>
        <tr>
          {columns.map((c) => (
            <th key={c.name} class={c.class === 'wide' ? 'wide' : undefined}>
              {c.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {list.map((item, at) => (
          <tr key={id(item, at)} class={look?.(item)}>
            {columns.map((c) => (
              <td key={c.name} class={c.class}>
                {c.cell(item)}
              </td>
            ))}
          </tr>
        ))}
        {list.length === 0 && (
          <tr>
            <td colSpan={columns.length} class="soft">
              Nothing matches.
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

const sign = (text: string, mark: AlarmLevel | null) => (
  <span class="sev">
    {mark && <AlarmShape level={mark} size={14} />}
    {text}
  </span>
);
const plantName = (id: string | null) => (id ? (state.value?.plants[id]?.name ?? id) : '');
/** What an event and a log line have in common. */
type Told = Pick<EventRecord, 'time' | 'plant' | 'message' | 'correlation'>;
const when: Column<Told> = { name: 'Time', cell: (r) => <Time time={r.time} /> };
const where: Column<Told> = { name: 'Plant', cell: (r) => plantName(r.plant) };
const what: Column<Told> = { name: 'Message', class: 'wide', cell: (r) => r.message };
const why: Column<Told> = { name: 'Command', cell: (r) => <Correlation id={r.correlation} /> };

const eventColumns: Column<EventRecord>[] = [when, { name: 'Severity', cell: (e) => sign(e.severity, e.severity === 'info' ? null : level(e.severity)) }, where, { name: 'Event', class: 'soft', cell: (e) => e.kind }, what, why];
const markOf = (line: LogLine): AlarmLevel | null => (line.level === 'error' || line.level === 'fatal' ? 'high' : line.level === 'warning' ? 'medium' : null);
const logColumns: Column<LogLine>[] = [when, { name: 'Level', cell: (l) => sign(l.level, markOf(l)) }, { name: 'Channel', class: 'soft', cell: (l) => l.channel }, where, what, why];
