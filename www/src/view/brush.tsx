// What was recorded, and the window onto it: two handles and the window itself move, a day is taken by a click.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { pan, type Range } from '../chart/geometry';
import type { Zone } from '../format/zone';
import { bin } from '../model/bins';
import type { SeriesBuffer } from '../model/series_buffer';

interface BrushPlant {
  id: string;
  name: string;
  past: SeriesBuffer | null;
  stretches: readonly Range[];
  limits: readonly [number, number];
}

export function Brush({ domain, view, plants, zone, choose }: { domain: Range; view: Range; plants: BrushPlant[]; zone: Zone; choose: (range: Range) => void }) {
  const area = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(1200);
  const [moving, setMoving] = useState<Range | null>(null);
  useEffect(() => {
    const o = new ResizeObserver(() => setWidth(area.current?.clientWidth ?? 1200));
    o.observe(area.current!);
    return () => o.disconnect();
  }, []);
  const span = Math.max(1, domain[1] - domain[0]);
  const pct = (t: number) => `${(((t - domain[0]) / span) * 100).toFixed(4)}%`;
  const days = useMemo(() => {
    const out: { from: number; to: number }[] = [];
    for (let t = zone.dayStart(domain[0]), n = 0; t < domain[1] && n < 4000; t = zone.addDays(t, 1), ++n) out.push({ from: t, to: zone.addDays(t, 1) });
    return out;
  }, [domain[0], Math.floor(domain[1] / 3_600_000), zone]);
  const every = Math.max(1, Math.ceil(days.length / Math.max(1, width / 84)));
  const shown = moving ?? view;

  const drag = (part: 'from' | 'to' | 'window') => (e: PointerEvent) => {
    e.preventDefault();
    e.stopPropagation();
    const target = e.currentTarget as HTMLElement;
    target.setPointerCapture(e.pointerId);
    const box = area.current!.getBoundingClientRect();
    const start = e.clientX;
    const begin = view;
    const least = span / 2000;
    let next: Range = begin;
    let moved = false;
    const move = (m: PointerEvent) => {
      const by = ((m.clientX - start) / box.width) * span;
      moved ||= Math.abs(m.clientX - start) > 3;
      next = part === 'window' ? pan(begin, by, domain) : part === 'from' ? [Math.max(domain[0], Math.min(begin[0] + by, begin[1] - least)), begin[1]] : [begin[0], Math.min(domain[1], Math.max(begin[1] + by, begin[0] + least))];
      setMoving(next);
    };
    const up = (m: PointerEvent) => {
      target.removeEventListener('pointermove', move);
      setMoving(null);
      if (moved) choose(next);
      else if (part === 'window') clickDay(m.clientX);
    };
    target.addEventListener('pointermove', move);
    target.addEventListener('pointerup', up, { once: true });
  };
  const clickDay = (x: number) => {
    const box = area.current!.getBoundingClientRect();
    const t = domain[0] + ((x - box.left) / box.width) * span;
    const day = days.find((d) => d.from <= t && t < d.to);
    if (day) choose([Math.max(day.from, domain[0]), Math.min(day.to, domain[1])]);
  };
  const key = (part: 'from' | 'to') => (e: KeyboardEvent) => {
    const d = e.key === 'ArrowLeft' ? -1 : e.key === 'ArrowRight' ? 1 : 0;
    if (!d) return;
    e.preventDefault();
    const by = d * (e.shiftKey ? 86_400_000 : 3_600_000);
    choose(part === 'from' ? [Math.min(view[0] + by, view[1] - 60_000), view[1]] : [view[0], Math.max(view[1] + by, view[0] + 60_000)]);
  };
  return (
    <section class="panel brush" aria-label="Recorded data">
      <header>
        <h2>Recorded data</h2>
        <span class="item"><span class="swatch thick c-base" /> recorded</span>
        <span class="item"><span class="hatchswatch" /> no data</span>
        <span class="item"><span class="swatch thick c-p-soft" /> active power, range</span>
        <span class="grow" />
        <span class="small soft help">Drag the handles, drag the window to move it, click a day to take it whole</span>
      </header>
      <div class="brushbody">
        <div class="brushnames">
          {plants.map((p) => (
            <b key={p.id}>{p.name}</b>
          ))}
        </div>
        <div class="brusharea" ref={area} onClick={(e) => clickDay(e.clientX)}>
          {days.map((d) => (
            <i key={d.from} class="dayline" style={{ left: pct(Math.max(d.from, domain[0])) }} />
          ))}
          {plants.map((p) => (
            <Row key={p.id} plant={p} domain={domain} width={width} />
          ))}
          <div class="shade" style={{ left: 0, width: pct(shown[0]) }} />
          <div class="shade" style={{ left: pct(shown[1]), right: 0 }} />
          <div class="brushwindow" style={{ left: pct(shown[0]), width: `calc(${pct(shown[1])} - ${pct(shown[0])})` }} onPointerDown={drag('window')} onClick={(e) => e.stopPropagation()} />
          <button class="brushhandle" style={{ left: pct(shown[0]) }} role="slider" aria-label="Begin of the range" aria-valuemin={domain[0]} aria-valuemax={domain[1]} aria-valuenow={Math.round(shown[0])} aria-valuetext={zone.dayClock(shown[0])} onPointerDown={drag('from')} onKeyDown={key('from')} onClick={(e) => e.stopPropagation()} />
          <button class="brushhandle" style={{ left: pct(shown[1]) }} role="slider" aria-label="End of the range" aria-valuemin={domain[0]} aria-valuemax={domain[1]} aria-valuenow={Math.round(shown[1])} aria-valuetext={zone.dayClock(shown[1])} onPointerDown={drag('to')} onKeyDown={key('to')} onClick={(e) => e.stopPropagation()} />
        </div>
      </div>
      <div class="brushdays" aria-hidden="true">
        {days.filter((_, i) => i % every === 0).map((d) => {
          const middle = (Math.max(d.from, domain[0]) + Math.min(d.to, domain[1])) / 2;
          const inside = shown[0] < d.to && shown[1] > d.from;
          return (
            <span key={d.from} class={inside ? 'inside' : undefined} style={{ left: pct(middle) }}>
              {days.length / every > 9 ? zone.day(d.from).replace(/ [A-Z]\w+$/, (m) => (zone.local(d.from).day === 1 || d === days[0] ? m : '')) : zone.day(d.from)}
            </span>
          );
        })}
      </div>
    </section>
  );
}

function Row({ plant, domain, width }: { plant: BrushPlant; domain: Range; width: number }) {
  const n = Math.max(50, Math.min(500, Math.floor(width / 4)));
  const path = useMemo(() => {
    if (!plant.past) return '';
    const b = bin(plant.past.times, plant.past.values.p_poi_kw, domain[0], domain[1], n);
    const y = (v: number) => 11 - (v / (v > 0 ? plant.limits[1] || 1 : -plant.limits[0] || 1)) * 10;
    let d = '';
    b.mean.forEach((m, k) => {
      if (m === null || (b.max[k]! === 0 && b.min[k]! === 0)) return;
      const top = y(Math.max(0, b.max[k]!));
      const bottom = y(Math.min(0, b.min[k]!));
      d += `M${k} ${top.toFixed(1)}h1V${bottom.toFixed(1)}h-1z`;
    });
    return d;
  }, [plant.past, domain[0], domain[1], n]);
  const span = Math.max(1, domain[1] - domain[0]);
  const pct = (t: number) => ((t - domain[0]) / span) * 100;
  return (
    <div class="brushrow">
      <svg viewBox={`0 0 ${n} 22`} preserveAspectRatio="none" aria-hidden="true">
        <path d={`M0 11H${n}`} class="brushzero" />
        <path d={path} class="brushpower" />
      </svg>
      <div class="brushavail">
        {plant.stretches.map(([from, to]) => {
          const a = Math.max(0, pct(from));
          const b = Math.min(100, pct(to));
          return b > a && <i key={from} style={{ left: `${a.toFixed(3)}%`, width: `${Math.max(0.1, b - a).toFixed(3)}%` }} />;
        })}
      </div>
    </div>
  );
}
