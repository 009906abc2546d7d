// Values against their limits.

import { fixed } from '../format/number';
import { isBeyond } from '../model/alarms';

const share = (v: number, low: number, high: number) => Math.min(Math.max((v - low) / (high - low), 0), 1) * 100;
const pct = (v: number) => `${v.toFixed(3)}%`;
const plain = (v: number) => fixed(v, Number.isInteger(v) ? 0 : 1);

interface SignedProps {
  value: number | null;
  setpoint: number | null;
  min: number;
  max: number;
  thin?: boolean;
  label: string;
}

/** A signed bar around zero: limits as ticks, the setpoint as a notch; only what is past the limit is an alarm. */
export function SignedBar({ value, setpoint, min, max, thin, label }: SignedProps) {
  const low = min < 0 ? min * 1.1 : -(max - min) * 0.05;
  const high = max > 0 ? max * 1.1 : (max - min) * 0.05;
  const at = (v: number) => share(v, low, high);
  const zero = at(0);
  const inside = value === null ? null : Math.min(Math.max(value, min), max);
  const beyond = isBeyond(value, min, max);
  return (
    <>
      <div class={`signed${thin ? ' thin' : ''}`} role="img" aria-label={label}>
        <div class="out" style={{ left: 0, width: pct(at(min)) }} />
        <div class="out" style={{ left: pct(at(max)), right: 0 }} />
        <div class="tick" style={{ left: pct(at(min)) }} />
        <div class="tick" style={{ left: pct(at(max)) }} />
        {inside !== null && <div class="fill" style={{ left: pct(Math.min(zero, at(inside))), width: pct(Math.abs(at(inside) - zero)) }} />}
        {beyond && value !== null && inside !== null && (
          <div class="beyond" style={{ left: pct(Math.min(at(value), at(inside))), width: pct(Math.abs(at(value) - at(inside))) }} />
        )}
        <div class="post" style={{ left: pct(zero) }} />
        {setpoint !== null && <div class="set" style={{ left: pct(at(setpoint)) }} />}
      </div>
      <div class="scale" aria-hidden="true">
        <span style={{ left: pct(at(min)) }}>{plain(min)}</span>
        {!thin && <span style={{ left: pct((at(min) + zero) / 2) }}>charge</span>}
        <span style={{ left: pct(zero) }}>0</span>
        {!thin && <span style={{ left: pct((at(max) + zero) / 2) }}>discharge</span>}
        <span style={{ left: pct(at(max)) }}>{plain(max)}</span>
      </div>
    </>
  );
}

interface WindowProps {
  value: number | null;
  min: number;
  max: number;
  nominal: number;
  decimals: number;
  /** The window is only nominal ± 5 %: shown, but leaving it is no alarm. */
  assumed: boolean;
  label: string;
}

export function WindowGauge({ value, min, max, nominal, decimals, assumed, label }: WindowProps) {
  const margin = (max - min) * 0.1;
  const at = (v: number) => share(v, min - margin, max + margin);
  const beyond = !assumed && value !== null && (value < min || value > max);
  const shown = Math.min(decimals, decimals === 4 ? 3 : 1);
  return (
    <>
      <div class="window" role="img" aria-label={label}>
        <div class="out" style={{ left: 0, width: pct(at(min)) }} />
        <div class="out" style={{ left: pct(at(max)), right: 0 }} />
        <div class="tick" style={{ left: pct(at(min)) }} />
        <div class="tick" style={{ left: pct(at(max)) }} />
        <div class="nominal" style={{ left: pct(at(nominal)) }} />
        {value !== null && <div class={`at${beyond ? ' beyond' : ''}`} style={{ left: pct(at(value)) }} />}
      </div>
      <div class="scale" aria-hidden="true">
        <span style={{ left: pct(at(min)) }}>{fixed(min, shown)}</span>
        <span style={{ left: pct(at(max)) }}>{fixed(max, shown)}</span>
      </div>
    </>
  );
}

interface TankProps {
  soc: number | null;
  min: number | null;
  max: number | null;
  /** Corners from now on: hours ahead and state of charge. */
  ahead: { h: number; soc: number }[];
  stale: boolean;
  label: string;
}

/** A tank whose level line runs on as the projection of the next four hours, on the same scale. */
export function Tank({ soc, min, max, ahead, stale, label }: TankProps) {
  const y = (v: number) => 2 + (1 - Math.min(Math.max(v, 0), 1)) * 80;
  const low = min ?? 0;
  const high = max ?? 1;
  const x0 = 40;
  const width = 90;
  const path = ahead.map((p, i) => `${i ? 'L' : 'M'}${(x0 + (p.h / 4) * width).toFixed(1)} ${y(p.soc).toFixed(1)}`).join('');
  return (
    <div class={`tank${stale ? ' stale' : ''}`} role="img" aria-label={label}>
      <svg width="134" height="84" viewBox="0 0 134 84" aria-hidden="true">
        <defs>
          <pattern id="tank-hatch" width="6" height="6" patternUnits="userSpaceOnUse">
            <path d="M-1 7L7 -1M-1 1L1 -1M5 7L7 5" class="tank-hatch" />
          </pattern>
        </defs>
        {soc !== null && <rect x="1" y={y(soc)} width="34" height={83 - y(soc)} class="tank-fill" />}
        {[1, 2, 3].map((h) => (
          <path key={h} d={`M${x0 + (h / 4) * width} 2V82`} class="tank-grid" />
        ))}
        {high < 1 && <rect x={x0} y="2" width={width} height={y(high) - 2} fill="url(#tank-hatch)" />}
        {low > 0 && <rect x={x0} y={y(low)} width={width} height={82 - y(low)} fill="url(#tank-hatch)" />}
        {high < 1 && <rect x="1" y="2" width="34" height={y(high) - 2} fill="url(#tank-hatch)" />}
        {low > 0 && <rect x="1" y={y(low)} width="34" height={82 - y(low)} fill="url(#tank-hatch)" />}
        <path d={`M${x0} ${y(high)}H${x0 + width}M${x0} ${y(low)}H${x0 + width}`} class="tank-bound" />
        <rect x="0.75" y="1.5" width="34.5" height="81" rx="3" class="tank-wall" />
        {soc !== null && <path d={`M1 ${y(soc)}H${x0}`} class="tank-level" />}
        {path && <path d={path} class="tank-ahead" />}
      </svg>
      <span class="bound" style={{ top: `${y(high) + (high < 1 ? 0 : 5)}px` }}>
        {fixed(high * 100, 0)} %
      </span>
      <span class="bound" style={{ top: `${y(low) - (low > 0 ? 0 : 5)}px` }}>
        {fixed(low * 100, 0)} %
      </span>
    </div>
  );
}

/** Round trips; above the threshold they are drawn as an alarm. The threshold shows only when it is near. */
export function Spark({ values, slow, stale }: { values: readonly (number | null)[]; slow: number; stale: boolean }) {
  const width = 116;
  const height = 22;
  const known = values.filter((v): v is number => v !== null);
  const top = Math.max(slow * 0.6, ...known, 1) * 1.1;
  const near = Math.max(0, ...known) > slow * 0.5;
  const n = Math.max(values.length - 1, 60);
  const x = (i: number) => width - 4 - (values.length - 1 - i) * ((width - 6) / n);
  const y = (v: number) => height - 2 - (v / top) * (height - 4);
  const runs: { d: string; slow: boolean }[] = [];
  let last: { i: number; v: number } | null = null;
  values.forEach((v, i) => {
    if (v === null) {
      last = null;
      return;
    }
    const over = v > slow;
    const run = runs.at(-1);
    if (!last) runs.push({ d: `M${x(i).toFixed(1)} ${y(v).toFixed(1)}`, slow: over });
    else if (run && run.slow === over) run.d += `L${x(i).toFixed(1)} ${y(v).toFixed(1)}`;
    else runs.push({ d: `M${x(last.i).toFixed(1)} ${y(last.v).toFixed(1)}L${x(i).toFixed(1)} ${y(v).toFixed(1)}`, slow: over });
    last = { i, v };
  });
  const end = values.at(-1);
  return (
    <svg class={`spark${stale ? ' stale' : ''}`} viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={`M0 ${height - 0.5}H${width}`} class="spark-base" />
      {near && <path d={`M0 ${y(slow)}H${width}`} class="spark-slow" />}
      {runs.map((r, i) => (
        <path key={i} d={r.d} class={r.slow ? 'spark-line over' : 'spark-line'} />
      ))}
      {end !== null && end !== undefined && <circle cx={x(values.length - 1)} cy={y(end)} r="2.2" class={end > slow ? 'spark-end over' : 'spark-end'} />}
    </svg>
  );
}
