// The live charts: a plant is one chart of two lanes (four on request), all on one time axis.

import { computed, effect, signal } from '@preact/signals';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { query, request } from '../api/http';
import type { Measurements, PlantState } from '../api/types';
import { needsAsking, nowLine, traces, type Lane as LaneKind, type Range } from '../chart/geometry';
import { laneSpec, picture } from '../chart/picture';
import { fixed, voltageDecimals } from '../format/number';
import { ms, utc } from '../format/zone';
import { effectives, twoDays } from '../model/effective';
import { beat, buffer, connected, connections, now, plantIds, samples, state, trustOf, zone } from '../model/store';
import { arrivals, param, setParams } from '../model/address';
import { isDispatched } from '../model/known';
import { showLimits } from '../model/scale';
import { lanesFor } from '../model/reactive';
import { Lane, leftOf, TimeAxis, timeGroup, TimeSurface } from './chart_group';
import { LimitsHalf } from './limits_half';
import { ask } from './why';

type Preset = '2 days' | 'Today' | '12 h' | '2 h';
const presets: Preset[] = ['2 days', 'Today', '12 h', '2 h'];
const preset = signal<Preset>(innerWidth < 760 ? '12 h' : '2 days');
const custom = signal<Range | null>(null);
const four = signal(false);
const hour = 3_600_000;

function presetRange(p: Preset, t: number): Range {
  const [from, to] = twoDays(t);
  if (p === '2 days') return [from, to];
  if (p === 'Today') return [from, zone.peek().addDays(t, 1)];
  const half = p === '12 h' ? 6 * hour : hour;
  // Rolls in steps of a quarter per mille, so that a beat does not redraw everything.
  const step = Math.max(1000, half / 2000);
  const middle = Math.round(t / step) * step;
  return [middle - half, middle + half];
}

const group = timeGroup(
  [0, 1],
  (range) => (custom.value = range),
  () => (custom.value = null),
);

/** What is shown follows time, preset and zoom. */
function followView(): () => void {
  return effect(() => {
    const t = now();
    if (t === null || !state.value) return;
    group.domain = twoDays(t);
    const next = custom.value ?? presetRange(preset.value, t);
    const [a, b] = group.view.peek();
    if (a !== next[0] || b !== next[1]) group.view.value = next;
  });
}

/** The past of the view, at its resolution, again when the view settles elsewhere. */
const settled = signal<Range>([0, 1]);
function followPast(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = effect(() => {
    group.view.value;
    // Not only when it stands still: at speed a rolling view never does.
    timer ??= setTimeout(() => {
      timer = undefined;
      const view = group.view.peek();
      const width = view[1] - view[0];
      const old = settled.peek();
      if (width > 1 && needsAsking(view, old)) settled.value = view;
    }, 200);
  });
  const load = effect(() => {
    const view = settled.value;
    const s = state.value;
    if (!s || !connected.value || view[1] - view[0] < 1000) return;
    key.value;
    for (const id of plantIds.peek()) void fetchPast(id, view);
  });
  return () => {
    stop();
    load();
    clearTimeout(timer);
  };
}
const key = computed(() => `${plantIds.value.join()}|${state.value?.transport_mode}|${connections.value}`);
const fetching = new Map<string, string>();
async function fetchPast(id: string, view: Range): Promise<void> {
  const to = Math.min(view[1], now() ?? view[1]);
  const from = Math.min(view[0], to);
  const what = `${from}|${view[1]}|${key.peek()}`;
  if (fetching.get(id) === what || to <= from) return;
  fetching.set(id, what);
  try {
    const answer = await request<Measurements>(`/api/v1/measurements${query({ plant: id, from: utc(from), to: utc(to), points: 2000, format: 'json' })}`);
    if (fetching.get(id) !== what) return;
    buffer(id).load(answer, from);
    samples.value = samples.peek() + 1;
  } catch {
    // Not at once again: a server that cannot read its history is not helped by questions.
    setTimeout(() => {
      if (fetching.get(id) === what) fetching.delete(id);
    }, 5000);
  }
}

const ranges: Record<string, Preset> = { '2d': '2 days', today: 'Today', '12h': '12 h', '2h': '2 h' };
function followAddress(): () => void {
  const read = effect(() => {
    arrivals.value;
    const named = param('range');
    if (named && named in ranges) preset.value = ranges[named]!;
    if (param('lanes') === 'pqv') four.value = true;
  });
  const usual = preset.peek();
  const write = effect(() => setParams('', { range: preset.value === usual && !param('range') ? null : (Object.keys(ranges).find((k) => ranges[k] === preset.value) ?? null), lanes: four.value ? 'pqv' : null }));
  return () => {
    read();
    write();
  };
}

export function StatusCharts() {
  useEffect(() => {
    const stops = [followAddress(), followView(), followPast()];
    return () => stops.forEach((s) => s());
  }, []);
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(1000);
  useEffect(() => {
    const observer = new ResizeObserver(() => setWidth(box.current?.clientWidth ?? 1000));
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  const s = state.value;
  if (!s) return <section class="panel charts" ref={box} />;
  const t = now();
  const lanes: LaneKind[] = four.value ? ['p', 'soc', 'q', 'v'] : ['p', 'soc'];
  const line = nowLine(lanes, t, group.view.value);
  const ids = Object.keys(s.plants);
  return (
    <section class="panel charts" ref={box} aria-label="Charts">
      {ids.map((id, i) => (
        <PlantChart key={id} id={id} plant={s.plants[id]!} lanes={lanesFor(s.plants[id]!, lanes)} tools={i === 0} overrides={s.active_schedule_source === 'api'} />
      ))}
      <TimeAxis group={group} zone={zone.value} width={width} now={t} cursor />
      {line && <div class="nowpost" style={{ left: leftOf(line.at, group.view.value) }} />}
    </section>
  );
}

function Tools() {
  const c = custom.value;
  return (
    <div class="tools">
      <div class="halves" role="group" aria-label="Lanes">
        <LimitsHalf />
        <button aria-pressed={four.value} class={four.value ? 'is' : undefined} onClick={() => (four.value = !four.value)}>
          Q and V
        </button>
      </div>
      <div class="halves" role="group" aria-label="Range of time">
        {presets.map((p) => (
          <button
            key={p}
            class={!c && preset.value === p ? 'is' : undefined}
            aria-pressed={!c && preset.value === p}
            onClick={() => {
              custom.value = null;
              preset.value = p;
            }}
          >
            {p}
          </button>
        ))}
      </div>
    </div>
  );
}

/** At most one redraw a second from samples; views and plans redraw at once. */
function useSlowSamples(): number {
  const [shown, set] = useState(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = effect(() => {
      const n = samples.value;
      timer ??= setTimeout(() => {
        timer = undefined;
        set(n + Math.random());
      }, 1000);
    });
    const soon = effect(() => {
      settled.value;
      set(Math.random());
    });
    return () => {
      stop();
      soon();
      clearTimeout(timer);
    };
  }, []);
  return shown;
}

function PlantChart({ id, plant, lanes, tools, overrides }: { id: string; plant: PlantState; lanes: LaneKind[]; tools: boolean; overrides: boolean }) {
  const tick = useSlowSamples();
  const outlook = isDispatched(plant, state.value!, now() ?? 0);
  const view = group.view.value;
  const effective = effectives.value[id] ?? null;
  const stale = trustOf(id) !== 'fresh';
  beat.value;
  const data = buffer(id);
  const t = now();
  // Redrawn when something in it changed; now moves by whole seconds, or more where a second is no pixel.
  const step = Math.max(1000, (view[1] - view[0]) / 1500);
  const drawnNow = t === null ? null : Math.floor(t / step) * step;
  const pictures = useMemo(() => {
    const past = { buffer: data, effective, model: plant.model, now: drawnNow, stale, outlook, overrides };
    return lanes.map((lane) => ({ lane, spec: laneSpec(lane, plant.model, data, view, { toData: !showLimits.value, effective }), picture: picture(lane, past, view) }));
  }, [tick, data.revision === 0 ? 0 : tick, effective, drawnNow, stale, outlook, lanes.length, view, plant.model, overrides, showLimits.value]);
  return (
    <div class={`chart${lanes.length > 2 ? ' four' : ''}`}>
      <Legend id={id} plant={plant} lanes={lanes} tools={tools} outlook={outlook} overrides={overrides && (pictures[0]?.picture.strips?.length ?? 0) > 0} />
      <TimeSurface group={group} label={`${plant.name}: active power and state of charge over time`} onPress={(at) => ask({ plant: id, at, signal: 'both', x: innerWidth / 2, y: 200 })}>
        {pictures.map((p) => (
          <Lane key={p.lane} group={group} zone={zone.value} kind={p.lane} spec={p.spec} picture={p.picture} press={(at, where) => ask({ plant: id, at, signal: p.lane === 'q' ? 'q' : 'p', x: where.x, y: where.y + 12 })} />
        ))}
      </TimeSurface>
    </div>
  );
}

const columnOf = { p_poi: 'p_poi_kw', p_battery: 'battery_active_power_kw', soc: 'soc_pu', q_poi: 'q_poi_kvar', q_battery: 'battery_reactive_power_kvar', v: 'v_poi_kV' } as const;
const swatch = { p_ref: 'dotted c-p', p_poi: 'c-p', p_battery: 'thick c-p-soft', soc: 'c-soc', q_ref: 'dotted c-q', q_poi: 'c-q', q_battery: 'thick c-q-soft', v: 'c-v' } as const;

function Legend({ id, plant, lanes, tools, outlook, overrides }: { id: string; plant: PlantState; lanes: LaneKind[]; tools: boolean; outlook: boolean; overrides: boolean }) {
  const c = group.cursor.value;
  const t = now();
  const ahead = c !== null && t !== null && c > t;
  const value = (key: keyof typeof swatch): number | null => {
    if (key === 'p_ref' || key === 'q_ref') {
      const s = key === 'p_ref' ? 'p' : 'q';
      if (c === null) return s === 'p' ? plant.latest.p_setpoint_kw : plant.latest.q_setpoint_kvar;
      const piece = effectives.value[id]?.segments.find((x) => ms(x.from)! <= c && c < ms(x.to)!);
      return piece ? piece[s].value : buffer(id).at(s === 'p' ? 'p_setpoint_kw' : 'q_setpoint_kvar', c);
    }
    if (c === null) return plant.latest[columnOf[key]];
    if (!ahead) return buffer(id).at(columnOf[key], c);
    return key === 'soc' && outlook ? projected(id, c) : null;
  };
  const text = (key: keyof typeof swatch, unit: string) => {
    const v = value(key);
    return key === 'soc' ? fixed(v === null ? null : v * 100, 1) + ' %' : `${fixed(v, key === 'v' ? voltageDecimals(plant.model.nominal_kv) : 1)} ${unit}`;
  };
  const items = traces(lanes);
  return (
    <div class="legend">
      <h3>{plant.name}</h3>
      {items.map((item) => (
        <span class="item" key={item.key}>
          <span class={`swatch ${swatch[item.key]}`} />
          {item.label} <b>{text(item.key, item.unit)}</b>
        </span>
      ))}
      {outlook && (
        <span class="item">
          <span class="swatch dashed c-soc" />
          projected
        </span>
      )}
      {overrides && (
        <span class="item">
          <span class="swatch thick c-on" />
          manual override
        </span>
      )}
      {c !== null && <span class="hidden" aria-live="polite">{`${plant.name} at ${zone.value.clockSeconds(c)}: ${items.map((i) => `${i.label} ${text(i.key, i.unit)}`).join(', ')}`}</span>}
      {tools && <Tools />}
    </div>
  );
}

export function projected(id: string, t: number): number | null {
  const points = effectives.value[id]?.projection?.points ?? [];
  for (let i = 1; i < points.length; ++i) {
    const a = ms(points[i - 1]!.time)!;
    const b = ms(points[i]!.time)!;
    if (t >= a && t <= b) return b === a ? points[i]!.soc_pu : points[i - 1]!.soc_pu + ((points[i]!.soc_pu - points[i - 1]!.soc_pu) * (t - a)) / (b - a);
  }
  return null;
}
