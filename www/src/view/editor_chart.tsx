// The chart is the editor: round handles move edges, pills move levels, a click adds a step.

import { signal, useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Effective, Model } from '../api/types';
import { type Range } from '../chart/geometry';
import { axisWidth, sidePad, type LaneBand, type LaneLine, type LanePicture, type LaneSpec } from '../chart/lane_chart';
import { laneSpec } from '../chart/picture';
import { fixed } from '../format/number';
import { ms } from '../format/zone';
import { differences, insert, locked, remove, setTime, setValue, stepEnd, type Draft } from '../model/draft';
import { priceAt, priceLine, prices, type PriceList } from '../model/prices';
import { SeriesBuffer } from '../model/series_buffer';
import { zone } from '../model/store';
import { Lane, leftOf, TimeAxis, TimeSurface, type TimeGroup } from './chart_group';

const nothing = new SeriesBuffer();

interface Props {
  group: TimeGroup;
  draft: Draft;
  applied: Draft;
  signal: 'p' | 'q';
  model: Model;
  unit: string;
  staged: Effective | null;
  before: Effective | null;
  base: { t: number; v: number | null }[];
  now: number;
  override: boolean;
  active: boolean;
  mayEdit: boolean;
  selected: number | null;
  select: (i: number | null) => void;
  edit: (next: Draft, transient?: boolean) => void;
}

export const snapMs = 300_000;

/** A level moves in round steps: a hundredth of the range, in 1, 2, 5 ways. */
export function levelStep(range: Range): number {
  const rough = (range[1] - range[0]) / 200;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough) ?? power * 10;
}

export function EditorChart(props: Props) {
  const { group, draft, applied, model, staged, before, now, unit } = props;
  const view = group.view.value;
  const box = useRef<HTMLDivElement>(null);
  const width = useSignal(900);
  useEffect(() => {
    const o = new ResizeObserver(() => (width.value = box.current?.clientWidth ?? 900));
    o.observe(box.current!);
    return () => o.disconnect();
  }, []);
  const limits: Range = props.signal === 'p' ? [model.p_min_kw, model.p_max_kw] : [model.q_min_kvar, model.q_max_kvar];
  const bad = staged?.violations.find((v) => v.kind === 'state_of_charge') ?? null;
  const spec: LaneSpec = useMemo(() => {
    const base = laneSpec(props.signal, model, nothing, view);
    const beyond = draft.rows.map((r) => r.v || 0);
    const margin = (limits[1] - limits[0]) * 0.06;
    // What is far beyond is drawn at the edge: the plan itself keeps its height.
    const most = (limits[1] - limits[0]) * 0.2;
    const range: Range = [Math.max(limits[0] - most, Math.min(limits[0] - margin, ...beyond.map((v) => v - margin))), Math.min(limits[1] + most, Math.max(limits[1] + margin, ...beyond.map((v) => v + margin)))];
    const ticks = [limits[0], limits[0] / 2, 0, limits[1] / 2, limits[1]];
    return { ...base, traces: [], range, ticks: ticks.map((v) => ({ v, label: v === 0 ? `0 ${unit}` : fixed(v, Number.isInteger(v) ? 0 : 1) })) };
  }, [props.signal, model, draft, unit]);
  const picture: LanePicture = useMemo(() => {
    const lines: LaneLine[] = [];
    if (props.base.length) lines.push({ points: props.base, colour: 'ghost', width: 1.25, step: true });
    lines.push({ points: corners(applied), colour: props.signal, width: 1.5, dash: [5, 4], step: true });
    lines.push({ points: corners(draft), colour: props.signal, width: 2.5, step: true });
    const bands: LaneBand[] = [
      {
        colour: 'p-wash',
        points: differences(draft, applied, view[0], view[1])
          .filter((d) => d.a !== null && d.b !== null)
          .map((d) => [
            { t: d.from, low: Math.min(d.a!, d.b!), high: Math.max(d.a!, d.b!) },
            { t: d.to, low: Math.min(d.a!, d.b!), high: Math.max(d.a!, d.b!) },
          ]),
      },
    ];
    // What is beyond a limit is not sent: it is seen whatever else is wrong.
    const over = corners(draft).map((c, i, all) => ({ ...c, v: c.v !== null && (c.v > limits[1] || c.v < limits[0]) && (all[i + 1]?.t ?? 0) > now ? c.v : null }));
    const edge = (spec.range[1] - spec.range[0]) * 0.01;
    const kept = (c: { t: number; v: number | null }) => ({ ...c, v: c.v === null ? null : Math.min(Math.max(c.v, spec.range[0] + edge), spec.range[1] - edge) });
    if (over.some((c) => c.v !== null)) lines.push({ points: over.map(kept), colour: 'high', width: 3, step: true });
    const spans = [...tints(view, now, bad), ...over.flatMap((c, i) => (c.v === null ? [] : [{ from: Math.max(c.t, now), to: over[i + 1]!.t, colour: 'high-wash' as const }]))];
    return { times: [], columns: [], lines, bands, gaps: [], spans };
  }, [draft, applied, props.base, bad, spec, Math.floor(now / 30_000), view]);
  const socSpec = useMemo(() => {
    const s = laneSpec('soc', model, nothing, view);
    const low = Math.min(s.range[0], ...(staged?.projection?.points.map((p) => p.soc_pu - 0.03) ?? []));
    const high = Math.max(s.range[1], ...(staged?.projection?.points.map((p) => p.soc_pu + 0.03) ?? []));
    const window = s.limits ?? [0, 1];
    return { ...s, traces: [], range: [Math.max(low, -0.35), Math.min(high, 1.35)] as Range, ticks: [window[0], (window[0] + window[1]) / 2, window[1]].map((v) => ({ v, label: `${fixed(v * 100, 0)} %` })) };
  }, [model, staged]);
  const soc = useMemo(() => {
    const points = (e: Effective | null) => (e?.projection?.points ?? []).map((p) => ({ t: ms(p.time)!, v: p.soc_pu as number | null }));
    const lines: LaneLine[] = [
      { points: points(before), colour: 'soc-soft', width: 1.5, dash: [5, 4], step: false },
      { points: points(staged), colour: 'soc', width: 2, step: false },
    ];
    const out = { times: [], columns: [], lines, gaps: [] as Range[], spans: tints(view, now, bad) };
    if (bad && staged?.projection) lines.push({ points: within(points(staged), Date.parse(bad.from), Date.parse(bad.to)), colour: 'high', width: 2.5, step: false });
    return out as LanePicture;
  }, [staged, before, bad, Math.floor(now / 30_000), view]);
  return (
    <div class="editorchart" ref={box}>
      <TimeSurface group={group} label="Setpoint over time">
        <div class="editlane">
          <Lane
            group={group}
            zone={zone.value}
            kind="edit"
            spec={spec}
            picture={picture}
            press={(t, at) => {
              if (!props.mayEdit || !box.current) return;
              const lane = box.current.querySelector('.editlane')!.getBoundingClientRect();
              const v = spec.range[1] - ((at.y - lane.top - 2) / (lane.height - 4)) * (spec.range[1] - spec.range[0]);
              const step = levelStep(limits);
              const snapped = Math.round(t / snapMs) * snapMs;
              if (snapped <= now) return;
              const level = Math.min(Math.max(Math.round(v / step) * step, limits[0]), limits[1]);
              const next = insert(draft, snapped, Number(level.toFixed(6)));
              props.edit(next);
              props.select(next.rows.findIndex((r) => r.t === snapped));
            }}
          />
          <Handles {...props} spec={spec} limits={limits} width={width.value - axisWidth - sidePad} />
        </div>
        <SourceStrip staged={staged} view={view} />
        <Lane group={group} zone={zone.value} kind="soc" spec={socSpec} picture={soc} />
        {prices.value && props.signal === 'p' && <PriceLane group={group} list={prices.value} now={now} />}
      </TimeSurface>
      <TimeAxis group={group} zone={zone.value} width={width.value} now={now} />
      {now >= view[0] && now <= view[1] && <div class="nowpost editnow" style={{ left: leftOf(now, view) }} />}
      {bad && (Math.abs(Date.parse(bad.from) - now) / (view[1] - view[0])) * width.value > 60 && <ViolationFlag at={Date.parse(bad.from)} view={view} />}
    </div>
  );
}

function PriceLane({ group, list, now }: { group: TimeGroup; list: PriceList; now: number }) {
  const view = group.view.value;
  const points = useMemo(() => priceLine(list, view[0], view[1]), [list, view]);
  const known = points.flatMap((p) => (p.v === null ? [] : [p.v]));
  const low = Math.min(0, ...known);
  const high = Math.max(0, ...known, low + 1);
  const room = (high - low) * 0.12;
  const spec: LaneSpec = useMemo(() => ({ label: 'Price', range: [low - room, high + room], ticks: [...new Set([low, 0, high])].map((v) => ({ v, label: fixed(v, 0) })), limits: null, traces: [], zero: true }), [low, high]);
  const picture: LanePicture = useMemo(() => ({ times: [], columns: [], lines: [{ points, colour: 'ink-2', width: 1.5, step: true }], gaps: [], spans: now > view[0] ? [{ from: view[0], to: Math.min(now, view[1]), colour: 'inset' }] : [] }), [points, Math.floor(now / 30_000), view]);
  const at = group.cursor.value ?? now;
  const price = priceAt(list, at);
  return (
    <>
      <p class="lanename" title={list.madeFrom || undefined}>
        Price, {list.unit}
        <b>{price === null ? 'none' : fixed(price, 1)}</b> {zone.value.clock(at)}
      </p>
      <Lane group={group} zone={zone.value} kind="price" spec={spec} picture={picture} />
    </>
  );
}

function ViolationFlag({ at, view }: { at: number; view: Range }) {
  if (at < view[0] || at > view[1]) return null;
  return (
    <div class="flag bad" style={{ left: leftOf(at, view) }}>
      {zone.value.clock(at)}
    </div>
  );
}

function tints(view: Range, now: number, bad: { from: string; to: string } | null) {
  const out: NonNullable<LanePicture['spans']>[number][] = [];
  if (now > view[0]) out.push({ from: view[0], to: Math.min(now, view[1]), colour: 'inset' });
  if (bad) out.push({ from: Date.parse(bad.from), to: Date.parse(bad.to), colour: 'high-wash' });
  return out;
}

function corners(d: Draft): { t: number; v: number | null }[] {
  if (d.rows.length === 0) return [];
  return [...d.rows.map((r) => ({ t: r.t, v: Number.isNaN(r.v) ? null : r.v })), { t: d.end, v: null }];
}
function within(points: { t: number; v: number | null }[], from: number, to: number) {
  return points.filter((p) => p.t >= from - 1 && p.t <= to + 1);
}

function SourceStrip({ staged, view }: { staged: Effective | null; view: Range }) {
  const pieces: { from: number; to: number; name: string; kind: string }[] = [];
  for (const s of staged?.segments ?? []) {
    const kind = s.p.reason !== 'plan' && s.p.source !== 'api' ? 'none' : s.p.source;
    const from = Math.max(view[0], ms(s.from)!);
    const to = Math.min(view[1], ms(s.to)!);
    if (to <= from) continue;
    const last = pieces.at(-1);
    if (last && last.kind === kind) last.to = to;
    else pieces.push({ from, to, kind, name: kind === 'api' ? 'market plan' : kind === 'manual' ? 'manual' : 'no plan: 0' });
  }
  return (
    <div class="sourcestrip">
      {pieces.map((p) => {
        const share = (p.to - p.from) / (view[1] - view[0]);
        return (
          <span key={p.from} class={p.kind} style={{ left: leftOf(p.from, view), width: `calc((100% - ${axisWidth + sidePad}px) * ${share.toFixed(6)})` }} title={p.name}>
            {share > 0.07 ? p.name : ''}
          </span>
        );
      })}
    </div>
  );
}

const dragging = signal<{ kind: 'edge' | 'level'; i: number } | null>(null);

function Handles({ group, draft, spec, limits, now, mayEdit, selected, select, edit, unit, width }: Props & { spec: LaneSpec; limits: Range; width: number }) {
  const view = group.view.value;
  const latest = useRef(draft);
  latest.current = draft;
  const y = (v: number) => `calc(2px + (100% - 4px) * ${((spec.range[1] - v) / (spec.range[1] - spec.range[0])).toFixed(5)})`;
  const step = levelStep(limits);
  const inView = (t: number) => t >= view[0] && t <= view[1];
  const clampLevel = (v: number) => Number((Math.round(v / step) * step).toFixed(6));

  const drag = (kind: 'edge' | 'level', i: number) => (e: PointerEvent) => {
    if (!mayEdit) return;
    e.preventDefault();
    e.stopPropagation();
    select(Math.min(i, draft.rows.length - 1));
    const handle = e.currentTarget as HTMLElement;
    handle.focus();
    handle.setPointerCapture(e.pointerId);
    const area = handle.parentElement!.getBoundingClientRect();
    const left = area.left + axisWidth;
    const plotWidth = area.width - axisWidth - sidePad;
    const start = draft;
    dragging.value = { kind, i };
    const move = (m: PointerEvent) => {
      if (kind === 'edge') {
        const t = view[0] + ((m.clientX - left) / plotWidth) * (view[1] - view[0]);
        const snap = m.altKey ? 1000 : snapMs;
        edit(setTime(start, i, Math.round(t / snap) * snap, now), true);
      } else {
        const v = spec.range[1] - ((m.clientY - area.top - 2) / (area.height - 4)) * (spec.range[1] - spec.range[0]);
        edit(setValue(start, i, Math.min(Math.max(clampLevel(v), limits[0]), limits[1])), true);
      }
    };
    const end = (cancelled: boolean) => () => {
      handle.removeEventListener('pointermove', move);
      dragging.value = null;
      edit(cancelled ? start : latest.current);
    };
    const up = end(false);
    const cancel = end(true);
    handle.addEventListener('pointermove', move);
    handle.addEventListener('pointerup', up, { once: true });
    handle.addEventListener('pointercancel', cancel, { once: true });
  };

  const key = (kind: 'edge' | 'level', i: number) => (e: KeyboardEvent) => {
    const big = e.shiftKey ? 10 : 1;
    const direction = e.key === 'ArrowUp' || e.key === 'ArrowRight' ? 1 : e.key === 'ArrowDown' || e.key === 'ArrowLeft' ? -1 : 0;
    if ((e.key === 'Delete' || e.key === 'Backspace') && i < draft.rows.length && !locked(draft, i, now)) {
      edit(remove(draft, i));
      select(null);
    } else if (direction && kind === 'level') edit(setValue(draft, i, Number(((draft.rows[i]!.v || 0) + direction * step * big).toFixed(6))));
    else if (direction) {
      const t = i < draft.rows.length ? draft.rows[i]!.t : draft.end;
      edit(setTime(draft, i, t + direction * (e.altKey ? 1000 : 60_000) * big, now));
    } else return;
    e.preventDefault();
    e.stopPropagation();
  };

  const z = zone.value;
  const d = dragging.value;
  return (
    <div class="handles">
      {draft.rows.map((row, i) => {
        const to = stepEnd(draft, i);
        const middle = (Math.max(row.t, view[0]) + Math.min(to, view[1])) / 2;
        const isLocked = locked(draft, i, now);
        const before = i > 0 ? draft.rows[i - 1]!.v : row.v;
        // Where steps are too close for fingers and pointers only the chosen one has handles: zoom in for the others.
        const px = (span: number) => (span / (view[1] - view[0])) * width;
        const chosen = selected === i;
        const wide = chosen || px(Math.min(to, view[1]) - Math.max(row.t, view[0])) >= 54;
        const apart = chosen || (px(to - row.t) >= 26 && (i === 0 || px(row.t - draft.rows[i - 1]!.t) >= 26));
        return (
          <>
            {!isLocked && mayEdit && apart && inView(row.t) && (
              <button key={`e${i}`} class="edgehandle" style={{ left: leftOf(row.t, view), top: y(((before || 0) + (row.v || 0)) / 2) }} role="slider" aria-label={`Begin of step ${i + 1}`} aria-valuenow={row.t} aria-valuetext={z.clockSeconds(row.t)} onPointerDown={drag('edge', i)} onKeyDown={key('edge', i)} onFocus={() => select(i)} onClick={(e) => e.stopPropagation()} />
            )}
            {!isLocked && mayEdit && wide && to > view[0] && row.t < view[1] && (
              <button key={`l${i}`} class={`levelhandle${selected === i ? ' selected' : ''}`} style={{ left: leftOf(middle, view), top: y(row.v || 0) }} role="slider" aria-orientation="vertical" aria-label={`Level of step ${i + 1}`} aria-valuenow={row.v || 0} aria-valuemin={limits[0]} aria-valuemax={limits[1]} aria-valuetext={`${Number.isNaN(row.v) ? 'nothing planned' : `${fixed(row.v, 1)} ${unit}`}, ${z.clock(row.t)} to ${z.clock(to)}`} onPointerDown={drag('level', i)} onKeyDown={key('level', i)} onFocus={() => select(i)} onClick={(e) => e.stopPropagation()} />
            )}
          </>
        );
      })}
      {draft.rows.length > 0 && draft.end > now && mayEdit && inView(draft.end) && (
        <button class="edgehandle" style={{ left: leftOf(draft.end, view), top: y((draft.rows.at(-1)!.v || 0) / 2) }} role="slider" aria-label="End of the series" aria-valuenow={draft.end} aria-valuetext={z.clockSeconds(draft.end)} onPointerDown={drag('edge', draft.rows.length)} onKeyDown={key('edge', draft.rows.length)} onClick={(e) => e.stopPropagation()} />
      )}
      {d && draft.rows[Math.min(d.i, draft.rows.length - 1)] && <DragReadout draft={draft} i={Math.min(d.i, draft.rows.length - 1)} view={view} top={y(draft.rows[Math.min(d.i, draft.rows.length - 1)]!.v || 0)} unit={unit} />}
    </div>
  );
}

function DragReadout({ draft, i, view, top, unit }: { draft: Draft; i: number; view: Range; top: string; unit: string }) {
  const row = draft.rows[i]!;
  const to = stepEnd(draft, i);
  return (
    <div class="dragreadout" style={{ left: leftOf(Math.min(Math.max((row.t + to) / 2, view[0]), view[1]), view), top }}>
      <b>
        {fixed(row.v, 1)} {unit}
      </b>
      <span>
        {zone.value.clock(row.t)} to {zone.value.clock(to)}
      </span>
    </div>
  );
}
