// The day-ahead plan of the repository's example day, repeated day by day, and what an ideal battery makes of it.
import { readFileSync } from 'node:fs';

const hour = 3_600_000;
const quarter = hour / 4;
const day0 = Date.parse('2025-10-01T00:00:00+02:00');

export const models = {
  lib: { capacity_kwh: 500, p_min_kw: -1000, p_max_kw: 1000, q_min_kvar: -600, q_max_kvar: 600, nominal_kv: 20, v_min_kv: 19, v_max_kv: 21, soc_min_pu: 0.1, soc_max_pu: 0.9 },
  vrfb: { capacity_kwh: 400, p_min_kw: -160, p_max_kw: 160, q_min_kvar: -64, q_max_kvar: 64, nominal_kv: 0.22, v_min_kv: 0.209, v_max_kv: 0.231, soc_min_pu: 0.1, soc_max_pu: 0.9 },
};

export function readPlan(file) {
  const rows = readFileSync(file, 'utf8').trim().split('\n').slice(1).map((l) => l.split(',').slice(1).map(Number));
  return { lib: rows.map((r) => ({ p: r[0], q: r[1] })), vrfb: rows.map((r) => ({ p: r[2], q: r[3] })) };
}

/** Constant pieces of the base plan: [{from, to, p, q}]. */
export function basePieces(plan, plant, from, to) {
  const out = [];
  for (let t = Math.floor((from - day0) / quarter) * quarter + day0; t < to; t += quarter) {
    const k = Math.round((t - day0) / quarter);
    const dayIndex = Math.floor(k / 96);
    const row = plan[plant][(((k % 96) + 96) % 96 + (dayIndex & 1 ? 12 : 0)) % 96];
    const last = out.at(-1);
    if (last && last.p === row.p && last.q === row.q) last.to = t + quarter;
    else out.push({ from: t, to: t + quarter, p: row.p, q: row.q });
  }
  if (out.length) {
    out[0].from = Math.max(out[0].from, from);
    out.at(-1).to = Math.min(out.at(-1).to, to);
  }
  return out;
}

/** Corners of the state of charge under constant pieces, held within the window. */
export function project(pieces, model, start) {
  const points = [{ time: pieces[0]?.from ?? 0, soc: start }];
  let soc = start;
  let outKwh = 0;
  let inKwh = 0;
  for (const { from, to, p } of pieces) {
    const rate = -p / model.capacity_kwh / hour;
    const wanted = soc + rate * (to - from);
    const bound = rate > 0 ? model.soc_max_pu : model.soc_min_pu;
    const held = rate > 0 ? Math.max(soc, Math.min(wanted, bound)) : Math.min(soc, Math.max(wanted, bound));
    if (held !== wanted && rate !== 0) points.push({ time: from + Math.max(0, (held - soc) / rate), soc: held });
    const energy = (soc - held) * model.capacity_kwh;
    if (energy > 0) outKwh += energy;
    else inKwh -= energy;
    soc = held;
    points.push({ time: to, soc });
  }
  return { points, soc, outKwh, inKwh };
}

export function at(points, t) {
  let low = 0;
  let high = points.length - 1;
  if (t <= points[0].time) return points[0].soc;
  if (t >= points[high].time) return points[high].soc;
  while (high - low > 1) {
    const m = (low + high) >> 1;
    if (points[m].time <= t) low = m;
    else high = m;
  }
  const a = points[low];
  const b = points[high];
  return b.time === a.time ? b.soc : a.soc + ((b.soc - a.soc) * (t - a.time)) / (b.time - a.time);
}

/** Noise that depends on the instant only. */
export function noise(t, seed) {
  let x = (Math.floor(t / 2000) * 2654435761 + seed * 40503) >>> 0;
  x ^= x >>> 15;
  x = Math.imul(x, 0x2c1b3c6d) >>> 0;
  x ^= x >>> 12;
  return (x / 2 ** 32) * 2 - 1;
}
