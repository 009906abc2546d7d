// A time axis shared by lanes: one view, one cursor, zoom by dragging, wheel, touch and keys.

import { signal, type Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { axisWidth, LaneChart, sidePad, type LaneEvents, type LanePicture, type LaneSpec } from '../chart/lane_chart';
import { pan, timeTicks, zoomAt, type Range } from '../chart/geometry';
import type { Zone } from '../format/zone';

export interface TimeGroup {
  view: Signal<Range>;
  domain: Range;
  narrowest: number;
  cursor: Signal<number | null>;
  sync: string;
  zoom(range: Range): void;
  reset(): void;
}

let groups = 0;
export function timeGroup(first: Range, zoom: (range: Range) => void, reset: () => void): TimeGroup {
  return { view: signal(first), domain: first, narrowest: 60_000, cursor: signal<number | null>(null), sync: `time-${++groups}`, zoom, reset };
}

/** Where an instant is, as CSS: the lanes' plots begin after their axis. */
export function leftOf(t: number, view: Range): string {
  const share = (t - view[0]) / (view[1] - view[0]);
  return `calc(${axisWidth}px + (100% - ${axisWidth + sidePad}px) * ${share.toFixed(6)})`;
}

interface LaneProps {
  group: TimeGroup;
  zone: Zone;
  kind: string;
  spec: LaneSpec;
  picture: LanePicture;
  press?: (t: number, at: { x: number; y: number }) => void;
}

export function Lane({ group, zone, kind, spec, picture, press }: LaneProps) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<LaneChart | null>(null);
  const pressed = useRef(press);
  pressed.current = press;
  useEffect(() => {
    const events: LaneEvents = {
      cursor: (t) => {
        if (group.cursor.peek() !== t) group.cursor.value = t;
      },
      zoom: (r) => group.zoom(r),
      press: (t, at) => pressed.current?.(t, at),
    };
    chart.current = new LaneChart(host.current!, spec, zone, group.sync, events);
    return () => chart.current?.destroy();
  }, []);
  const view = group.view.value;
  useEffect(() => {
    chart.current?.show(picture, view, spec, zone);
  }, [picture, view, spec, zone]);
  return <div class={`lane ${kind}`} ref={host} aria-hidden="true" />;
}

/** Takes wheel, touch and keys for the lanes inside. */
export function TimeSurface({ group, label, children, onPress, className }: { group: TimeGroup; label: string; children: ComponentChildren; onPress?: (t: number) => void; className?: string }) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = ref.current!;
    const plotArea = () => {
      const r = box.getBoundingClientRect();
      return { left: r.left + axisWidth, width: Math.max(1, r.width - axisWidth - sidePad) };
    };
    const timeAt = (clientX: number) => {
      const { left, width } = plotArea();
      const [from, to] = group.view.peek();
      return from + ((clientX - left) / width) * (to - from);
    };
    const wheel = (e: WheelEvent) => {
      if (e.ctrlKey && !e.deltaY) return;
      const sideways = Math.abs(e.deltaX) > Math.abs(e.deltaY) || e.shiftKey;
      const view = group.view.peek();
      e.preventDefault();
      if (sideways) {
        const by = ((e.deltaX || e.deltaY) / plotArea().width) * (view[1] - view[0]);
        group.zoom(pan(view, by, group.domain));
      } else {
        const factor = Math.exp(Math.max(-1, Math.min(1, e.deltaY / 240)));
        group.zoom(zoomAt(view, timeAt(e.clientX), factor, group.domain, group.narrowest));
      }
    };
    const touches = new Map<number, number>();
    let begin: { view: Range; spread: number; middle: number } | null = null;
    const restart = () => {
      const xs = [...touches.values()];
      begin = xs.length === 0 ? null : { view: group.view.peek(), spread: Math.max(24, Math.max(...xs) - Math.min(...xs)), middle: xs.reduce((a, b) => a + b, 0) / xs.length };
    };
    const down = (e: PointerEvent) => {
      if (e.pointerType !== 'touch') return;
      touches.set(e.pointerId, e.clientX);
      restart();
    };
    const move = (e: PointerEvent) => {
      if (!touches.has(e.pointerId) || !begin) return;
      touches.set(e.pointerId, e.clientX);
      const xs = [...touches.values()];
      const middle = xs.reduce((a, b) => a + b, 0) / xs.length;
      const { left, width } = plotArea();
      const span = begin.view[1] - begin.view[0];
      let view: Range = begin.view;
      if (xs.length > 1) {
        const spread = Math.max(24, Math.max(...xs) - Math.min(...xs));
        view = zoomAt(view, begin.view[0] + ((begin.middle - left) / width) * span, begin.spread / spread, group.domain, group.narrowest);
      }
      group.zoom(pan(view, (-(middle - begin.middle) / width) * (view[1] - view[0]), group.domain));
    };
    const up = (e: PointerEvent) => {
      touches.delete(e.pointerId);
      restart();
    };
    const double = () => group.reset();
    box.addEventListener('wheel', wheel, { passive: false });
    box.addEventListener('pointerdown', down);
    box.addEventListener('pointermove', move);
    box.addEventListener('pointerup', up);
    box.addEventListener('pointercancel', up);
    box.addEventListener('dblclick', double);
    return () => {
      box.removeEventListener('wheel', wheel);
      box.removeEventListener('pointerdown', down);
      box.removeEventListener('pointermove', move);
      box.removeEventListener('pointerup', up);
      box.removeEventListener('pointercancel', up);
      box.removeEventListener('dblclick', double);
    };
  }, []);
  const key = (e: KeyboardEvent) => {
    if (e.target !== ref.current) return;
    const view = group.view.peek();
    const width = view[1] - view[0];
    const at = group.cursor.peek() ?? (view[0] + view[1]) / 2;
    const step = width / (e.shiftKey ? 20 : 200);
    const within = (t: number) => Math.min(Math.max(t, view[0]), view[1]);
    switch (e.key) {
      case 'ArrowLeft':
        group.cursor.value = within(at - step);
        if (at - step < view[0]) group.zoom(pan(view, -width / 4, group.domain));
        break;
      case 'ArrowRight':
        group.cursor.value = within(at + step);
        if (at + step > view[1]) group.zoom(pan(view, width / 4, group.domain));
        break;
      case '+':
      case '=':
        group.zoom(zoomAt(view, at, 0.5, group.domain, group.narrowest));
        break;
      case '-':
        group.zoom(zoomAt(view, at, 2, group.domain, group.narrowest));
        break;
      case '0':
      case 'Home':
        group.reset();
        break;
      case 'Enter':
        onPress?.(at);
        break;
      default:
        return;
    }
    e.preventDefault();
  };
  const c = group.cursor.value;
  const view = group.view.value;
  return (
    <div ref={ref} class={`lanes ${className ?? ''}`} role="group" aria-roledescription="chart" aria-label={`${label}. Arrow keys move the cursor, plus and minus zoom, zero resets, Enter asks why.`} tabIndex={0} onKeyDown={key} onBlur={() => (group.cursor.value = null)}>
      {children}
      {c !== null && c >= view[0] && c <= view[1] && <div class="crosshair" style={{ left: leftOf(c, view) }} />}
    </div>
  );
}

export function TimeAxis({ group, zone, width, now, cursor }: { group: TimeGroup; zone: Zone; width: number; now: number | null; cursor?: boolean }) {
  const view = group.view.value;
  const c = group.cursor.value;
  const inside = (t: number | null): t is number => t !== null && t >= view[0] && t <= view[1];
  const ticks = timeTicks(view, Math.max(100, width - axisWidth - sidePad), zone);
  const px = (t: number) => ((t - view[0]) / (view[1] - view[0])) * (width - axisWidth - sidePad);
  const near = (t: number) => (inside(now) && Math.abs(px(t) - px(now)) < 46) || (cursor && inside(c) && Math.abs(px(t) - px(c)) < 46);
  return (
    <div class="timeaxis" aria-hidden="true">
      {ticks.map((t) => {
        const room = width - axisWidth - sidePad - px(t.at);
        return (
          !near(t.at) &&
          room > 14 && (
            <span key={t.at} class={t.day ? 'day' : undefined} style={{ left: leftOf(t.at, view) }}>
              {t.label}
            </span>
          )
        );
      })}
      {inside(now) && (
        <div class="flag" style={{ left: leftOf(now, view) }}>
          {zone.clock(now)}
        </div>
      )}
      {cursor && inside(c) && (
        <div class="flag cursor" style={{ left: leftOf(c, view) }}>
          {view[1] - view[0] < 7_200_000 ? zone.clockSeconds(c) : zone.clock(c)}
        </div>
      )}
    </div>
  );
}
