// One lane: one quantity over time, drawn by uPlot, with what uPlot does not know drawn around it: limits,
// gaps, the plan and the projection ahead.

import uPlot from 'uplot';
import { hatch, onPalette, palette, type ColourName } from './palette';
import { timeTicks, type Range } from './geometry';
import type { Zone } from '../format/zone';

export interface LaneTrace {
  colour: ColourName;
  width: number;
  step: boolean;
  /** Filled down (or up) to this value. */
  fill?: { colour: ColourName; to: number };
  dash?: number[];
}

/** A line known by its corners: a plan in steps or a projection. */
export interface LaneLine {
  points: readonly { t: number; v: number | null }[];
  colour: ColourName;
  width: number;
  dash?: readonly number[];
  step: boolean;
  fill?: ColourName;
}
export interface LaneBand {
  points: readonly { t: number; low: number; high: number }[][];
  colour: ColourName;
}

export interface LanePicture {
  times: readonly number[];
  columns: readonly (readonly (number | null)[])[];
  lines: readonly LaneLine[];
  /** Envelopes, below everything. */
  bands?: readonly LaneBand[];
  gaps: readonly Range[];
  /** Spans tinted over the whole height. */
  spans?: readonly { from: number; to: number; colour: ColourName; label?: string }[];
  /** Under the lane: which source wins. */
  strips?: readonly { from: number; to: number; label: string }[];
  marks?: readonly { t: number; kind: 'medium' | 'high' | 'low' }[];
}

export interface LaneSpec {
  label: string;
  range: Range;
  ticks: readonly { v: number; label: string }[];
  limits: Range | null;
  traces: readonly LaneTrace[];
  zero: boolean;
}

export interface LaneEvents {
  cursor(t: number | null): void;
  zoom(range: Range): void;
  press(t: number, at: { x: number; y: number }): void;
}

export const axisWidth = 62;
export const sidePad = 16;
const topPad = 2;

export class LaneChart {
  readonly plot: uPlot;
  private picture: LanePicture;
  private view: Range = [0, 1];
  private readonly observer: ResizeObserver;
  private readonly endPalette: () => void;
  private pressedAt: { x: number; y: number } | null = null;

  constructor(
    host: HTMLElement,
    private spec: LaneSpec,
    private zone: Zone,
    sync: string,
    events: LaneEvents,
  ) {
    this.picture = { times: [], columns: spec.traces.map(() => []), lines: [], gaps: [] };
    const options: uPlot.Options = {
      width: Math.max(50, host.clientWidth),
      height: Math.max(16, host.clientHeight),
      padding: [topPad, sidePad, topPad, 0],
      legend: { show: false },
      cursor: {
        sync: { key: sync, setSeries: false },
        drag: { x: true, y: false, setScale: false, dist: 4 },
        points: { show: false },
        y: false,
      },
      scales: {
        x: { time: false, range: () => [this.view[0], this.view[1]] },
        y: { range: () => [this.spec.range[0], this.spec.range[1]] },
      },
      axes: [
        { show: false },
        {
          scale: 'y',
          size: axisWidth,
          gap: 8,
          font: '12px "Source Sans 3 Variable", system-ui, sans-serif',
          stroke: () => palette()['ink-3'],
          grid: { show: false },
          ticks: { show: false },
          splits: () => this.spec.ticks.map((t) => t.v),
          values: (_u, splits) => splits.map((v) => this.spec.ticks.find((t) => t.v === v)?.label ?? ''),
        },
      ],
      series: [{}, ...spec.traces.map((t) => series(t))],
      hooks: {
        drawClear: [(u) => this.under(u)],
        draw: [(u) => this.over(u)],
        setCursor: [
          (u) => {
            const left = u.cursor.left ?? -1;
            events.cursor(left < 0 ? null : u.posToVal(left, 'x'));
          },
        ],
        setSelect: [
          (u) => {
            if (u.select.width < 4) return;
            const from = u.posToVal(u.select.left, 'x');
            const to = u.posToVal(u.select.left + u.select.width, 'x');
            u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            events.zoom([from, to]);
          },
        ],
      },
    };
    this.plot = new uPlot(options, [[], ...spec.traces.map(() => [])], host);
    const over = this.plot.over;
    over.addEventListener('pointerdown', (e) => (this.pressedAt = { x: e.clientX, y: e.clientY }));
    over.addEventListener('click', (e) => {
      const from = this.pressedAt;
      if (!from || Math.hypot(e.clientX - from.x, e.clientY - from.y) > 4) return;
      events.press(this.plot.posToVal(e.clientX - over.getBoundingClientRect().left, 'x'), { x: e.clientX, y: e.clientY });
    });
    this.observer = new ResizeObserver(() => {
      const { clientWidth: width, clientHeight: height } = host;
      if (width > 0 && height > 0 && (width !== this.plot.width || height !== this.plot.height)) this.plot.setSize({ width, height });
    });
    this.observer.observe(host);
    this.endPalette = onPalette(() => {
      this.plot.redraw(true, true);
    });
  }

  destroy(): void {
    this.observer.disconnect();
    this.endPalette();
    this.plot.destroy();
  }

  show(picture: LanePicture, view: Range, spec: LaneSpec, zone: Zone): void {
    this.zone = zone;
    this.spec = spec;
    this.view = view;
    this.picture = picture;
    this.plot.setData([picture.times as number[], ...(picture.columns as (number | null)[][])], false);
    this.plot.setScale('x', { min: view[0], max: view[1] });
  }

  /** The cursor at an instant, for keys. */
  point(t: number | null): void {
    const left = t === null ? -10 : this.plot.valToPos(t, 'x');
    this.plot.setCursor({ left, top: t === null ? -10 : 5 }, true);
  }

  private under(u: uPlot): void {
    const { ctx } = u;
    const { left, top, width, height } = u.bbox;
    const colours = palette();
    const ratio = uPlot.pxRatio;
    const x = (t: number) => u.valToPos(t, 'x', true);
    const y = (v: number) => u.valToPos(v, 'y', true);
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, width, height);
    ctx.clip();
    for (const span of this.picture.spans ?? []) {
      ctx.fillStyle = colours[span.colour];
      ctx.fillRect(x(span.from), top, x(span.to) - x(span.from), height);
    }
    for (const tick of timeTicks(this.view, width / ratio, this.zone)) {
      const at = Math.round(x(tick.at));
      ctx.fillStyle = tick.day ? colours.ghost : colours.grid;
      ctx.fillRect(at, top, ratio, height);
    }
    if (this.spec.limits) {
      ctx.fillStyle = hatch(ctx, colours.hatch);
      const high = Math.round(y(this.spec.limits[1]));
      const low = Math.round(y(this.spec.limits[0]));
      if (high > top) ctx.fillRect(left, top, width, high - top);
      if (low < top + height) ctx.fillRect(left, low, width, top + height - low);
      ctx.fillStyle = colours.line;
      ctx.fillRect(left, high, width, ratio);
      ctx.fillRect(left, low, width, ratio);
    } else {
      ctx.fillStyle = colours.grid;
      for (const tick of this.spec.ticks) ctx.fillRect(left, Math.round(y(tick.v)), width, ratio);
    }
    if (this.spec.zero) {
      ctx.fillStyle = colours.ghost;
      ctx.fillRect(left, Math.round(y(0)), width, ratio);
    }
    for (const [from, to] of this.picture.gaps) {
      const a = Math.round(x(from));
      const b = Math.round(x(to));
      if (b < left || a > left + width) continue;
      ctx.fillStyle = colours.surface;
      ctx.fillRect(a, top, b - a, height);
      ctx.fillStyle = hatch(ctx, colours.hatch);
      ctx.fillRect(a, top, b - a, height);
      ctx.strokeStyle = colours['ink-3'];
      ctx.lineWidth = ratio;
      ctx.setLineDash([2 * ratio, 2 * ratio]);
      ctx.beginPath();
      for (const post of [a, b]) {
        ctx.moveTo(post + 0.5, top);
        ctx.lineTo(post + 0.5, top + height);
      }
      ctx.stroke();
      ctx.setLineDash([]);
    }
    for (const band of this.picture.bands ?? []) {
      ctx.fillStyle = colours[band.colour];
      for (const run of band.points) {
        if (run.length === 0) continue;
        ctx.beginPath();
        run.forEach((p, i) => (i ? ctx.lineTo(x(p.t), y(p.high)) : ctx.moveTo(x(p.t), y(p.high))));
        for (let i = run.length - 1; i >= 0; --i) ctx.lineTo(x(run[i]!.t), y(run[i]!.low));
        ctx.closePath();
        ctx.fill();
      }
    }
    // uPlot remembers what it set: nothing may be left changed.
    ctx.fillStyle = colours.ghost;
    ctx.fillRect(left, top, ratio, height);
    ctx.fillRect(left + width - ratio, top, ratio, height);
    ctx.restore();
  }

  private over(u: uPlot): void {
    const { ctx } = u;
    const { left, top, width, height } = u.bbox;
    const colours = palette();
    const ratio = uPlot.pxRatio;
    const x = (t: number) => u.valToPos(t, 'x', true);
    const y = (v: number) => u.valToPos(v, 'y', true);
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, top, width, height);
    ctx.clip();
    ctx.lineJoin = 'round';
    for (const line of this.picture.lines) {
      const path = new Path2D();
      const area = new Path2D();
      const zero = y(0);
      let last: number | null = null;
      let lastX = 0;
      for (const point of line.points) {
        const px = x(point.t);
        if (point.v === null) {
          if (last !== null && line.step) {
            path.lineTo(px, y(last));
            area.lineTo(px, y(last));
          }
          if (last !== null) area.lineTo(line.step ? px : lastX, zero);
          last = null;
          continue;
        }
        const py = y(point.v);
        if (last === null) {
          path.moveTo(px, py);
          area.moveTo(px, zero);
          area.lineTo(px, py);
        } else {
          if (line.step) {
            path.lineTo(px, y(last));
            area.lineTo(px, y(last));
          }
          path.lineTo(px, py);
          area.lineTo(px, py);
        }
        last = point.v;
        lastX = px;
      }
      if (last !== null) area.lineTo(lastX, zero);
      if (line.fill) {
        ctx.fillStyle = colours[line.fill];
        ctx.fill(area);
      }
      ctx.strokeStyle = colours[line.colour];
      ctx.lineWidth = line.width * ratio;
      ctx.setLineDash((line.dash ?? []).map((d) => d * ratio));
      ctx.stroke(path);
      ctx.setLineDash([]);
    }
    for (const strip of this.picture.strips ?? []) {
      const a = Math.max(left, x(strip.from));
      const b = Math.min(left + width, x(strip.to));
      if (b <= a) continue;
      ctx.fillStyle = colours.on;
      ctx.fillRect(a, top + height - 6 * ratio, b - a, 4 * ratio);
      ctx.font = `${11 * ratio}px "Source Sans 3 Variable", system-ui, sans-serif`;
      ctx.fillStyle = colours['ink-2'];
      ctx.textBaseline = 'middle';
      ctx.textAlign = 'left';
      ctx.fillText(strip.label, b + 6 * ratio, top + height - 4 * ratio);
    }
    for (const mark of this.picture.marks ?? []) {
      const mx = x(mark.t);
      const size = 6 * ratio;
      const my = top + 8 * ratio;
      ctx.fillStyle = mark.kind === 'high' ? colours.high : mark.kind === 'medium' ? colours.med : colours['ink-3'];
      ctx.beginPath();
      if (mark.kind === 'medium') {
        ctx.moveTo(mx, my - size);
        ctx.lineTo(mx + size, my + size * 0.8);
        ctx.lineTo(mx - size, my + size * 0.8);
      } else if (mark.kind === 'high') {
        ctx.moveTo(mx, my - size);
        ctx.lineTo(mx + size, my);
        ctx.lineTo(mx, my + size);
        ctx.lineTo(mx - size, my);
      } else ctx.rect(mx - size * 0.7, my - size * 0.7, size * 1.4, size * 1.4);
      ctx.fill();
    }
    ctx.restore();
  }
}

function series(trace: LaneTrace): uPlot.Series {
  const out: uPlot.Series = {
    stroke: () => palette()[trace.colour],
    width: trace.width,
    spanGaps: false,
    points: { show: false },
    paths: trace.step ? uPlot.paths.stepped!({ align: 1 }) : uPlot.paths.linear!(),
  };
  if (trace.dash) out.dash = trace.dash;
  if (trace.fill) {
    const { colour, to } = trace.fill;
    out.fill = () => palette()[colour];
    out.fillTo = to;
  }
  return out;
}
