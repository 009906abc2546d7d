// The recorded past: availability is the brush, every lane is zoomable, plants side by side.

import '../style/history.css';
import { computed, effect, signal, untracked } from '@preact/signals';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { address, query, request, Refusal } from '../api/http';
import type { Availability, Column, EventsPage, Measurements, PlantState, Recordings, Summary } from '../api/types';
import { clampRange, type Lane as LaneKind, type Range } from '../chart/geometry';
import type { ColourName } from '../chart/palette';
import { gaps, laneSpec } from '../chart/picture';
import type { LanePicture, LaneSpec } from '../chart/lane_chart';
import { count, duration, energy, fixed, voltageDecimals } from '../format/number';
import { ms, parseTime, utc } from '../format/zone';
import { arrivals, param, setParams } from '../model/address';
import { bin, binAt, figures, longestGap, type Bins } from '../model/bins';
import { PastIndex } from '../model/past_index';
import { Rounds } from '../model/rounds';
import { SeriesBuffer } from '../model/series_buffer';
import { beat, connected, connections, now, plantIds, state, zone } from '../model/store';
import { showLimits } from '../model/scale';
import { takesQ } from '../model/reactive';
import { Brush } from '../view/brush';
import { Lane, TimeAxis, timeGroup, TimeSurface } from '../view/chart_group';
import { Download } from '../view/icons';
import { LimitsHalf } from '../view/limits_half';
import { EnergyHalves, energyShown, EnergyTable } from '../view/energy';
import { exportPng } from '../view/png';
import { ask } from '../view/why';

const bins = 400;
const chosen = signal<Range | null>(null);
const preset = signal<'Today' | 'Yesterday' | '7 days' | 'All' | null>('Today');
const hidden = signal<Record<string, boolean>>({});
const recordings = signal<Recordings | null>(null);
const problem = signal('');
const hasReport = signal(false);

const group = timeGroup(
  [0, 1],
  (r) => {
    preset.value = null;
    chosen.value = clampRange(r, domain.peek());
  },
  () => {
    preset.value = 'Today';
    chosen.value = null;
  },
);
group.narrowest = 10_000;

/** The whole of what there is, for the brush. */
const overview = signal<Record<string, SeriesBuffer>>({});
const stretches = signal<Record<string, Range[]>>({});

/** From the first recorded row to now: the end follows new data. */
const domain = computed<Range>(() => {
  const firsts = [...(recordings.value?.recordings ?? []).map((r) => ms(r.first)), ...Object.values(stretches.value).map((s) => s[0]?.[0] ?? null)].filter((t): t is number => t !== null);
  const t = minuteNow.value;
  const today = zone.value.dayStart(t);
  return [firsts.length ? Math.min(...firsts, today) : today, t];
});
const minuteNow = computed(() => {
  const step = Math.max(10_000, (state.value?.clock.speed ?? 1) * 1000);
  return (Math.floor((now() ?? 0) / step) + 1) * step;
});

const view = computed<Range>(() => {
  const [from, to] = domain.value;
  const z = zone.value;
  const t = to;
  switch (preset.value) {
    case 'Today':
      return [z.dayStart(t), t];
    case 'Yesterday':
      return [Math.max(from, z.addDays(t, -1)), z.dayStart(t)];
    case '7 days':
      return [Math.max(from, z.addDays(t, -6)), t];
    case 'All':
      return [from, to];
    default:
      return clampRange(chosen.value, domain.value);
  }
});

interface PlantPast {
  buffer: SeriesBuffer;
  answer: Measurements | null;
  summary: Partial<Summary> | null;
  alarms: number[];
  /** The range it was asked for. */
  range: Range;
}
const pasts = signal<Record<string, PlantPast>>({});
const settled = signal<Range>([0, 1]);

const rounds = new Rounds();
const transport = computed(() => state.value?.transport_mode);

async function loadPlant(id: string, range: Range, signal: AbortSignal): Promise<void> {
  const fields = { plant: id, from: utc(Math.floor(range[0])), to: utc(Math.ceil(range[1])) };
  try {
    const answer = await request<Measurements>(`/api/v1/measurements${query({ ...fields, points: 2000, format: 'json' })}`, { signal });
    if (signal.aborted) return;
    const buffer = new SeriesBuffer();
    buffer.load(answer, range[0]);
    const old = pasts.peek()[id];
    pasts.value = { ...pasts.peek(), [id]: { buffer, answer, summary: old?.summary ?? null, alarms: old?.alarms ?? [], range } };
    problem.value = '';
  } catch (error) {
    if (!signal.aborted) problem.value = error instanceof Refusal ? error.message : 'The history could not be read.';
    throw error;
  }
  let summary: Partial<Summary>;
  try {
    summary = await request<Summary>(`/api/v1/measurements/summary${query(fields)}`, { signal });
  } catch {
    if (signal.aborted) return;
    const b = pasts.peek()[id]!.buffer;
    summary = figures(b.times, b.values.p_poi_kw, b.values.p_setpoint_kw, range[0], range[1]);
  }
  let alarms: number[] = [];
  try {
    const page = await request<EventsPage>(`/api/v1/events${query({ plant: id, limit: 500 })}`, { signal });
    alarms = page.events.filter((e) => e.severity !== 'info' && e.kind === 'alert.raised').map((e) => ms(e.time)!);
  } catch {
    // The lanes are shown without marks.
  }
  if (!signal.aborted && pasts.peek()[id]) pasts.value = { ...pasts.peek(), [id]: { ...pasts.peek()[id]!, summary, alarms } };
}

const ranges = { Today: 'today', Yesterday: 'yesterday', '7 days': '7d', All: 'all' } as const;

/** What the address asks for; a name that is none of ours is no wish. */
function readAddress(): void {
  const [from, to] = [Date.parse(param('from') ?? ''), Date.parse(param('to') ?? '')];
  const named = (Object.keys(ranges) as (keyof typeof ranges)[]).find((k) => ranges[k] === param('range'));
  if (from < to) {
    preset.value = null;
    chosen.value = [from, to];
  } else if (named) {
    chosen.value = null;
    preset.value = named;
  }
  const step = param('energy');
  if (step === 'hour' || step === 'day' || step === 'month') energyShown.value = step;
  const wanted = param('plants')?.split(',').filter((id) => plantIds.peek().includes(id));
  if (wanted?.length) hidden.value = Object.fromEntries(plantIds.peek().filter((id) => !wanted.includes(id)).map((id) => [id, true]));
}
function writeAddress(): void {
  const c = preset.value ? null : chosen.value;
  const iso = (t: number) => zone.peek().iso(Math.round(t / 1000) * 1000);
  const some = plantIds.value.some((id) => hidden.value[id]);
  setParams('history', {
    range: preset.value && preset.value !== 'Today' ? ranges[preset.value] : null,
    from: c && iso(c[0]),
    to: c && iso(c[1]),
    energy: energyShown.value,
    plants: some ? plantIds.value.filter((id) => !hidden.value[id]).join() : null,
  });
}

export default function History() {
  const known = state.value !== null;
  useEffect(() => {
    if (!known) return;
    const stops = [
      effect(() => {
        arrivals.value;
        untracked(readAddress);
      }),
      effect(writeAddress),
    ];
    return () => stops.forEach((s) => s());
  }, [known]);
  useEffect(() => {
    if (!hasReport.peek()) void lookForReport();
    const stops = [
      effect(() => {
        group.domain = domain.value;
        group.view.value = view.value;
      }),
      effect(() => {
        beat.value;
        if (connected.value && state.value) index.follow(indexKey.value);
      }),
    ];
    let timer: ReturnType<typeof setTimeout> | undefined;
    stops.push(
      effect(() => {
        group.view.value;
        // Not only when it stands still: at speed the end of today never does.
        timer ??= setTimeout(
          () => {
            timer = undefined;
            const v = group.view.peek();
            const old = settled.peek();
            if (Math.abs(v[0] - old[0]) + Math.abs(v[1] - old[1]) > (v[1] - v[0]) / 200) settled.value = v;
          },
          preset.peek() && settled.peek()[0] > 1 ? 1000 : 200,
        );
      }),
      effect(() => {
        const v = settled.value;
        if (v[1] - v[0] < 1000) return;
        // Where only the end moves on with the time, what is under way is not broken off.
        const about = `${v[0]}|${transport.value}|${connections.value}`;
        if (connected.value) for (const id of plantIds.value) rounds.ask(id, about, (signal) => loadPlant(id, v, signal));
      }),
    );
    return () => {
      clearTimeout(timer);
      stops.forEach((s) => s());
      rounds.end();
    };
  }, []);
  const s = state.value;
  if (!s) return null;
  const ids = Object.keys(s.plants).filter((id) => !hidden.value[id]);
  const r = recordings.value?.recordings ?? [];
  const nothing = recordings.value !== null && r.length === 0 && Object.values(stretches.value).every((x) => x.length === 0);
  const kept = r.reduce((n, x) => n + (x.rows ?? 0), 0);
  return (
    <>
      <h1 class="hidden">History</h1>
      <Toolbar ids={ids} />
      {problem.value && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      {nothing && (
        <p class="panel emptyword">
          Nothing has been recorded yet. <b>Record</b> at a plant on the page <a href="#/">Status</a> begins a recording; <b>Start all</b> records every plant. Older recordings come in with{' '}
          <code>hil_scheduler import</code>.
        </p>
      )}
      <div class="pasts">
        {ids.map((id) => (
          <PastPanel key={id} id={id} plant={s.plants[id]!} />
        ))}
      </div>
      <Brush domain={domain.value} view={view.value} plants={ids.map((id) => ({ id, name: s.plants[id]!.name, past: overview.value[id] ?? null, stretches: stretches.value[id] ?? [], limits: [s.plants[id]!.model.p_min_kw, s.plants[id]!.model.p_max_kw] as const }))} zone={zone.value} choose={(range) => group.zoom(range)} />
      <p class="hint histfoot">
        <b>{count(r.length)} file{r.length === 1 ? '' : 's'}{recordings.value?.next ? ' and more' : ''}</b>
        {kept > 0 && `, ${count(kept)} rows kept`}
        <span class="grow" />
        Drag to zoom, wheel at the cursor, double click to reset, arrows to step
      </p>
    </>
  );
}

const indexKey = computed(() => `${plantIds.value.join()}|${transport.value}`);
const index = new PastIndex(loadIndex, () => performance.now());

async function loadIndex(key: string, another: boolean): Promise<void> {
  if (another) {
    recordings.value = null;
    stretches.value = {};
    overview.value = {};
  }
  const current = () => key === indexKey.peek();
  const mode = transport.peek() ?? null;
  const list = await request<Recordings>(`/api/v1/recordings${query({ transport: mode })}`).catch((error: unknown) => {
    if (!notOffered(error)) throw error;
    return { recordings: [] };
  });
  if (!current()) return;
  recordings.value = list;
  await Promise.all(plantIds.peek().map((id) => loadAvailability(id, mode, current)));
  const [from, to] = domain.peek();
  const loadOverview = async (id: string) => {
    const b = new SeriesBuffer();
    b.load(await request<Measurements>(`/api/v1/measurements${query({ plant: id, transport: mode, from: utc(from), to: utc(to), points: 1200, format: 'json' })}`));
    if (current()) overview.value = { ...overview.peek(), [id]: b };
  };
  await Promise.all(plantIds.peek().map(loadOverview));
}

/** Asked for once: what a server offers does not change. */
async function lookForReport(): Promise<void> {
  try {
    const api = await request<{ paths: Record<string, unknown> }>('/api/v1/openapi.json');
    hasReport.value = '/api/v1/report' in api.paths;
  } catch {
    // The button is not there.
  }
}

const notOffered = (error: unknown) => error instanceof Refusal && error.status === 404;

async function loadAvailability(id: string, mode: string | null, current: () => boolean): Promise<void> {
  let found: Range[];
  try {
    const a = await request<Availability>(`/api/v1/measurements/availability${query({ plant: id, transport: mode })}`);
    found = a.stretches.map((s) => [ms(s.from)!, ms(s.to)!] as Range);
  } catch (error) {
    if (!notOffered(error)) throw error;
    const own = (recordings.peek()?.recordings ?? []).filter((r) => r.plant === id && r.first && r.last);
    found = own.map((r) => [ms(r.first)!, ms(r.last)!] as Range).sort((a, b) => a[0] - b[0]);
  }
  if (current()) stretches.value = { ...stretches.peek(), [id]: found };
}

function Toolbar({ ids }: { ids: string[] }) {
  const s = state.value!;
  const [from, to] = view.value;
  const z = zone.value;
  const fields = (id: string, format: string) => query({ plant: id, from: utc(Math.floor(from)), to: utc(Math.ceil(to)), format });
  const fetchAll = (format: string) => {
    for (const id of ids) {
      const a = document.createElement('a');
      a.href = `${address('/api/v1/measurements')}${fields(id, format)}`;
      a.download = '';
      a.click();
    }
  };
  return (
    <div class="toolbar">
      <div class="halves" role="group" aria-label="Range">
        {(['Today', 'Yesterday', '7 days', 'All'] as const).map((p) => (
          <button key={p} class={preset.value === p ? 'is' : undefined} aria-pressed={preset.value === p} onClick={() => ((chosen.value = null), (preset.value = p))}>
            {p}
          </button>
        ))}
      </div>
      <TimeField label="From" t={from} take={(t) => group.zoom([t, to])} />
      <span class="soft">to</span>
      <TimeField label="To" t={to} take={(t) => group.zoom([from, t])} />
      <span class="soft nowrap small">
        {duration((to - from) / 1000)} ({z.offsetText(from)})
      </span>
      <span class="grow" />
      <EnergyHalves />
      <div class="halves" role="group" aria-label="Scale">
        <LimitsHalf />
      </div>
      {Object.keys(s.plants).length > 1 && (
        <div class="halves" role="group" aria-label="Plants shown">
          {Object.entries(s.plants).map(([id, p]) => (
            <button key={id} class={hidden.value[id] ? undefined : 'is'} aria-pressed={!hidden.value[id]} disabled={ids.length === 1 && ids[0] === id} onClick={() => (hidden.value = { ...hidden.value, [id]: !hidden.value[id] })}>
              {p.name}
            </button>
          ))}
        </div>
      )}
      <div class="halves downloads" role="group" aria-label="Download what is shown">
        {(['CSV', 'XLSX', 'Parquet'] as const).map((name, i) => (
          <button key={name} onClick={() => fetchAll(name.toLowerCase())}>
            {i === 0 && <Download />} {name}
          </button>
        ))}
        <button onClick={() => void exportPng(`measurements_${ids.join('_')}_${token(from)}_${token(to)}.png`, `${ids.map((id) => s.plants[id]!.name).join(', ')}: ${z.dayClock(from)} to ${z.dayClock(to)} (${z.name})`)}>PNG</button>
      </div>
      {hasReport.value && (
        <a class="button" href={`${address('/api/v1/report')}${query({ plant: ids.join(','), from: utc(Math.floor(from)), to: utc(Math.ceil(to)) })}`} target="_blank" rel="noopener">
          Report
        </a>
      )}
    </div>
  );
}

/** 20251001T184732+0200 */
const token = (t: number) => zone.peek().iso(t).replace(/[-:]/g, (c, i: number) => (c === '-' && i > 9 ? '-' : ''));

function TimeField({ label, t, take }: { label: string; t: number; take: (t: number) => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  const [bad, setBad] = useState(false);
  const z = zone.value;
  const text = `${z.iso(t).slice(0, 10)} ${z.clockSeconds(t)}`;
  const commit = () => {
    if (typed === null) return;
    const v = parseTime(typed, z, t);
    setBad(v === null);
    if (v === null) return;
    setTyped(null);
    take(v);
  };
  return <input class="field timefield" aria-label={label} aria-invalid={bad} value={typed ?? text} onInput={(e) => setTyped(e.currentTarget.value)} onBlur={commit} onKeyDown={(e) => e.key === 'Enter' && commit()} />;
}

interface LaneOf {
  lane: LaneKind;
  column: Column;
  label: string;
  unit: string;
  colour: ColourName;
  soft: ColourName;
  step: boolean;
  factor: number;
  decimals: number;
}

function lanesOf(plant: PlantState): LaneOf[] {
  const lanes: LaneOf[] = [
    { lane: 'p', column: 'p_poi_kw', label: 'Active power', unit: 'kW', colour: 'p', soft: 'p-soft', step: true, factor: 1, decimals: 1 },
    { lane: 'soc', column: 'soc_pu', label: 'State of charge', unit: '%', colour: 'soc', soft: 'soc-soft', step: false, factor: 100, decimals: 1 },
    { lane: 'q', column: 'q_poi_kvar', label: 'Reactive power', unit: 'kvar', colour: 'q', soft: 'q-soft', step: true, factor: 1, decimals: 1 },
    { lane: 'v', column: 'v_poi_kV', label: 'Voltage', unit: 'kV', colour: 'v', soft: 'v-soft', step: false, factor: 1, decimals: voltageDecimals(plant.model.nominal_kv) },
  ];
  return lanes.filter((l) => l.lane !== 'q' || takesQ(plant));
}

function PastPanel({ id, plant }: { id: string; plant: PlantState }) {
  const past = pasts.value[id];
  const box = useRef<HTMLElement>(null);
  const [width, setWidth] = useState(660);
  useEffect(() => {
    const o = new ResizeObserver(() => setWidth(box.current?.clientWidth ?? 660));
    o.observe(box.current!);
    return () => o.disconnect();
  }, []);
  const v = group.view.value;
  const z = zone.value;
  const c = group.cursor.value;
  const lanes = useMemo(() => lanesOf(plant), [plant.model.nominal_kv, takesQ(plant)]);
  const shown = useMemo(() => {
    const buffer = past?.buffer ?? new SeriesBuffer();
    const range = past?.range ?? v;
    const end = Math.min(range[1], (buffer.times.at(-1) ?? range[1]) + 400_000);
    const dense = buffer.times.length > bins * 2;
    return lanes.map((l) => {
      const base = laneSpec(l.lane, plant.model, buffer, v, { toData: !showLimits.value, effective: null });
      const b = dense ? bin(buffer.times, buffer.values[l.column], range[0], range[1], bins, end) : null;
      return { ...l, bins: b, ...laneContent(l, base, buffer, b, past) };
    });
  }, [past, v, plant.model, lanes, showLimits.value]);
  const bucket = past && shown[0]?.bins ? shown[0].bins.width / 1000 : null;
  return (
    <section class="panel past" ref={box} aria-label={plant.name}>
      <header>
        <h2>{plant.name}</h2>
        <span class="grow" />
        <span class="small soft">
          {c === null ? (past?.answer ? `${count(past.answer.rows_in_range)} rows` : 'Loading…') : <>Readout at <b class="ink">{z.dayClock(c)}</b></>}
          {bucket ? `, mean and range of ${duration(bucket)}` : ''}
        </span>
      </header>
      <Kpis summary={past?.summary ?? null} />
      {energyShown.value && <EnergyTable id={id} name={plant.name} range={past?.range ?? v} step={energyShown.value} />}
      <TimeSurface group={group} label={`${plant.name}: recorded values`} className="pastlanes" onPress={(at) => ask({ plant: id, at, signal: 'both', x: innerWidth / 2, y: 200 })}>
        {shown.map((l) => {
          const whole = rangeOf(past?.buffer, l.column, v);
          const at = c === null ? null : l.bins ? binAt(l.bins, c) : point(past?.buffer, l.column, c);
          const f = (x: number | null | undefined) => fixed(x === null || x === undefined ? null : x * l.factor, l.decimals);
          return (
            <div class={`pastlane ${l.lane}`} key={l.lane}>
              <p class="lanetitle">
                <span class={`swatch thick c-${l.lane}`} />
                {l.label}{' '}
                <b>
                  {c === null ? '' : `${f(at?.mean)} ${l.unit}`}
                </b>{' '}
                <span>{c === null ? (whole ? `${f(whole[0])} to ${f(whole[1])} ${l.unit}` : '') : at && at.max !== at.min ? `${f(at.min)} to ${f(at.max)}` : ''}</span>
              </p>
              <Lane group={group} zone={z} kind={l.lane} spec={l.spec} picture={l.picture} press={(t, where) => ask({ plant: id, at: t, signal: l.lane === 'q' ? 'q' : 'p', x: where.x, y: where.y + 12 })} />
            </div>
          );
        })}
      </TimeSurface>
      <TimeAxis group={group} zone={z} width={width} now={null} cursor />
    </section>
  );
}

function laneContent(l: LaneOf, base: LaneSpec, buffer: SeriesBuffer, b: Bins | null, past: PlantPast | undefined): { spec: LaneSpec; picture: LanePicture } {
  const marks = l.lane === 'p' ? (past?.alarms ?? []).map((t) => ({ t, kind: 'medium' as const })) : [];
  const holes = gaps(buffer, past?.range[1] ?? null, false, past?.range);
  if (!b) return { spec: { ...base, traces: [{ colour: l.colour, width: 1.5, step: l.step }] }, picture: { times: buffer.times, columns: [buffer.values[l.column]], lines: [], gaps: holes, marks } };
  const times = b.mean.map((_, k) => b.from + (k + 0.5) * b.width);
  const runs: { t: number; low: number; high: number }[][] = [[]];
  b.mean.forEach((m, k) => {
    if (m === null) {
      if (runs.at(-1)!.length) runs.push([]);
      return;
    }
    const run = runs.at(-1)!;
    // Steps as steps: the envelope keeps its level over the whole bin.
    run.push({ t: b.from + k * b.width, low: b.min[k]!, high: b.max[k]! }, { t: b.from + (k + 1) * b.width, low: b.min[k]!, high: b.max[k]! });
  });
  return {
    spec: { ...base, traces: [{ colour: l.colour, width: 1.5, step: false }] },
    picture: { times, columns: [b.mean], lines: [], bands: [{ points: runs.filter((r) => r.length), colour: l.soft }], gaps: holes, marks },
  };
}

function point(buffer: SeriesBuffer | undefined, column: Column, t: number) {
  const v = buffer?.at(column, t) ?? null;
  return v === null ? null : { mean: v, min: v, max: v };
}
function rangeOf(buffer: SeriesBuffer | undefined, column: Column, range: Range): Range | null {
  if (!buffer) return null;
  let low = Infinity;
  let high = -Infinity;
  buffer.values[column].forEach((v, i) => {
    if (v === null || buffer.times[i]! < range[0] || buffer.times[i]! > range[1]) return;
    if (v < low) low = v;
    if (v > high) high = v;
  });
  return low <= high ? [low, high] : null;
}

function Kpis({ summary }: { summary: Partial<Summary> | null }) {
  const pct = (v: number | null | undefined) => fixed(v === null || v === undefined ? null : v * 100, 1);
  const out = energy(summary?.discharged_kwh);
  const taken = energy(summary?.charged_kwh);
  const asked = energy(summary?.delivery?.asked_kwh);
  const delivered = energy(summary?.delivery?.delivered_kwh);
  const missing = energy(summary?.delivery?.missing_kwh);
  const items: [string, string, string, (string | undefined)?][] = [
    ['Discharged', out.value, out.unit],
    ['Charged', taken.value, taken.unit],
    ['Missing', missing.value, missing.unit, `Asked ${asked.value} ${asked.unit}, delivered ${delivered.value} ${delivered.unit}`],
    ['Round trip', pct(summary?.round_trip), '%', summary?.round_trip_why_not ? `Not defined: ${summary.round_trip_why_not}` : undefined],
    ['Tracking error', fixed(summary?.tracking_rms_kw, 1), 'kW rms'],
    ['Data present', pct(summary?.coverage), '%'],
    ['Longest gap', longestGap(summary?.gaps), '', summary?.gaps?.count ? `${count(summary.gaps.count)} gap${summary.gaps.count === 1 ? '' : 's'}` : undefined],
  ];
  return (
    <dl class="kpis">
      {items.map(([name, value, unit, why]) => (
        <div key={name} title={why ?? ''}>
          <dt>{name}</dt>
          <dd>
            <b>{value}</b> {unit}
          </dd>
        </div>
      ))}
    </dl>
  );
}
