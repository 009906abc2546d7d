// What is, against what is wanted, at a glance.

import type { PlantState, State } from '../api/types';
import { age, fixed, kw, percent, voltageDecimals } from '../format/number';
import { ms } from '../format/zone';
import { startAll, stopAll } from '../model/consequence';
import { effectives } from '../model/effective';
import { run } from '../model/session';
import { underName } from '../model/sentence';
import { marks, type Mark } from '../model/alarms';
import { noOutlook, silence } from '../model/known';
import { ageSeconds } from '../model/staleness';
import { buffer, connected, lostAt, mayCommand, now, pending, roundTrips, state, trustOf, zone } from '../model/store';
import { planName, transitionInWords } from '../model/words';
import { takesQ } from '../model/reactive';
import { Devices } from '../view/devices';
import { confirm } from '../view/dialog';
import { SignedBar, Spark, Tank, WindowGauge } from '../view/gauges';
import { AlarmShape, Clock, Lamp } from '../view/icons';
import { Press } from '../view/press';
import { StatusCharts } from '../view/status_charts';
import { PlantFacts, PlantSwitches } from '../view/switches';
import { WhyButton } from '../view/why';

export async function askStopAll(): Promise<void> {
  const s = state.peek();
  if (s && (await confirm(stopAll(s, zone.peek(), now() ?? 0)))) void run({ kind: 'fleet.stop_all' });
}
async function askStartAll(): Promise<void> {
  const s = state.peek();
  if (s && (await confirm(startAll(s, zone.peek(), now() ?? 0)))) void run({ kind: 'fleet.start_all' });
}

export default function Status() {
  const s = state.value;
  return (
    <>
      <h1 class="hidden">Status</h1>
      <section class="panel plants" aria-label="Plants">
        <div class="heads">
          <span>Plant</span>
          <span>Active power</span>
          <span>Reactive power</span>
          <span>State of charge, next 4 h</span>
          <span>Voltage</span>
          <span>Link round trip</span>
          {mayCommand.value ? <FleetButtons s={s} /> : <span>Dispatch, recording</span>}
        </div>
        {s ? Object.entries(s.plants).map(([id, plant]) => <PlantRow key={id} id={id} plant={plant} s={s} />) : [0, 1].map((k) => <div class="row" key={k} />)}
      </section>
      <StatusCharts />
      <Devices />
    </>
  );
}

function FleetButtons({ s }: { s: State | null }) {
  const on = connected.value && !!s;
  const busy = Object.values(pending.value).some((p) => p.kind === 'fleet.start_all');
  const allRun = !!s && Object.values(s.plants).every((p) => p.transition === 'running' && p.dispatch.sending_enabled && p.recording.on);
  return (
    <div class="all">
      <Press class="button low" off={!on || busy || allRun || s.estop.latched} act={() => void askStartAll()}>
        Start all
      </Press>
      <Press class="button low" off={!on} act={() => void askStopAll()}>
        Stop all
      </Press>
    </div>
  );
}

function PlantRow({ id, plant, s }: { id: string; plant: PlantState; s: State }) {
  const t = now();
  const trust = trustOf(id);
  const stale = trust !== 'fresh';
  const seconds = ageSeconds(ms(plant.latest.timestamp), t);
  const m = plant.model;
  const l = plant.latest;
  const mark = stale ? (
    <span class="agemark">
      <Clock /> {age(seconds)}
    </span>
  ) : null;
  const z = zone.value;
  const [first, second] = underName(plant, s, z, t ?? 0);
  const heard = lostAt.value;
  const lost = !connected.value;
  const setpointText = l.p_setpoint_kw === null ? 'setpoint –' : `setpoint ${kw(l.p_setpoint_kw)} kW`;
  const target = plant.dispatch.target.p;
  const silent = silence(plant, s, t ?? 0);
  const marked = marks(plant);
  const of = (cell: Mark['cell']) => marked.find((x) => x.cell === cell) ?? null;
  return (
    <div class={`row${stale ? ' stale' : ''}${plant.trips.length ? ' tripped' : ''}`} role="group" aria-label={plant.name}>
      <div class="cell identity">
        <div class="head">
          <h2>{plant.name}</h2>
          <StateChip plant={plant} lost={lost} silent={silent !== null} />
        </div>
        <p>{lost && heard !== null ? `Last heard ${z.clockSeconds(ms(l.timestamp) ?? heard)}` : first}</p>
        <p>{lost ? `${target.reason === 'plan' ? planName(target.source) : first.toLowerCase()}${target.until ? ` until ${z.near(ms(target.until)!, t ?? 0)}` : ''}` : second}</p>
      </div>

      <div class="cell pcell">
        <p class="celltitle">Active power</p>
        <div class="value large">
          <b>{kw(l.p_poi_kw)}</b>
          <span class="unit large-unit">kW</span>
          <span class="aside">
            {mark ?? (of('p') ? <MarkWord of={of('p')} /> : setpointText)}
            <WhyButton plant={id} signal="p" value={setpointText} disabled={lost} />
          </span>
        </div>
        <SignedBar value={l.p_poi_kw} setpoint={l.p_setpoint_kw} min={m.p_min_kw} max={m.p_max_kw} label={`Active power ${kw(l.p_poi_kw)} kW, ${setpointText}, limits ${kw(m.p_min_kw)} to ${kw(m.p_max_kw)} kW`} />
      </div>

      <div class="cell qcell">
        {takesQ(plant) && (
          <>
            <p class="celltitle">Reactive power</p>
            <div class="value">
              <b>{fixed(l.q_poi_kvar, 1)}</b>
              <span class="unit">kvar</span>
              <span class="aside">{l.q_poi_kvar === null ? 'not read' : (mark ?? `set ${fixed(l.q_setpoint_kvar, 1)}`)}</span>
            </div>
            <SignedBar thin value={l.q_poi_kvar} setpoint={l.q_setpoint_kvar} min={m.q_min_kvar} max={m.q_max_kvar} label={`Reactive power ${fixed(l.q_poi_kvar, 1)} kvar, setpoint ${fixed(l.q_setpoint_kvar, 1)} kvar`} />
          </>
        )}
      </div>

      <SocCell id={id} plant={plant} stale={stale} mark={mark} t={t} why={noOutlook(plant, s, t ?? 0)} />

      <div class="cell vcell">
        <p class="celltitle">Voltage</p>
        <Voltage plant={plant} mark={mark} off={of('v')} />
      </div>

      <LinkCell id={id} plant={plant} stale={stale} seconds={seconds} off={of('link')} />

      {mayCommand.value ? <PlantSwitches id={id} plant={plant} silent={silent !== null} /> : <PlantFacts plant={plant} />}
    </div>
  );
}

function StateChip({ plant, lost, silent }: { plant: PlantState; lost: boolean; silent: boolean }) {
  const t = silent && !lost ? 'unknown' : plant.transition;
  const words = transitionInWords(t);
  return (
    <span class="chip">
      <Lamp state={lost ? 'unknown' : t === 'running' ? 'running' : t === 'stopped' ? 'stopped' : t === 'unknown' ? 'unknown' : 'moving'} />
      {lost ? `Was ${words.toLowerCase()}` : words}
    </span>
  );
}

function SocCell({ id, plant, stale, mark, t, why }: { id: string; plant: PlantState; stale: boolean; mark: preact.JSX.Element | null; t: number | null; why: string }) {
  const m = plant.model;
  const soc = plant.latest.soc_pu;
  // Of a plant that is not dispatched nothing is projected.
  const points = why ? [] : (effectives.value[id]?.projection?.points ?? []);
  const ahead: { h: number; soc: number }[] = [];
  if (t !== null && soc !== null) {
    ahead.push({ h: 0, soc });
    for (const p of points) {
      const h = (ms(p.time)! - t) / 3_600_000;
      if (h <= 0) continue;
      const last = ahead.at(-1)!;
      if (h > 4) {
        if (last.h < 4) ahead.push({ h: 4, soc: last.soc + ((p.soc_pu - last.soc) * (4 - last.h)) / (h - last.h) });
        break;
      }
      ahead.push({ h, soc: p.soc_pu });
    }
  }
  const known = points.length > 0 && ahead.length > 1;
  const low = Math.min(...ahead.map((p) => p.soc)) * 100;
  const high = Math.max(...ahead.map((p) => p.soc)) * 100;
  return (
    <div class="cell tankcell">
      <Tank soc={soc} min={m.soc_min_pu} max={m.soc_max_pu} ahead={known ? ahead : []} stale={stale} label={`State of charge ${percent(soc)} per cent${known ? `, in the next four hours ${low.toFixed(0)} to ${high.toFixed(0)} per cent` : ''}`} />
      <div class="text">
        <p class="celltitle">State of charge</p>
        <div class="value">
          <b>{percent(soc)}</b>
          <span class="unit">%</span>
        </div>
        <p>{soc === null ? '– kWh' : `${fixed(soc * m.capacity_kwh, 0)} kWh`}</p>
        <p>{why ? `no projection: ${why}` : (mark ?? (known ? `${low.toFixed(0)} to ${high.toFixed(0)} %` : 'no projection'))}</p>
      </div>
    </div>
  );
}

function Voltage({ plant, mark, off }: { plant: PlantState; mark: preact.JSX.Element | null; off: Mark | null }) {
  const m = plant.model;
  const v = plant.latest.v_poi_kV;
  const decimals = voltageDecimals(m.nominal_kv);
  const assumed = m.v_min_kv === null || m.v_max_kv === null;
  return (
    <>
      <div class="value">
        <b>{fixed(v, decimals)}</b>
        <span class="unit">kV</span>
        {mark ? <span class="aside">{mark}</span> : <MarkWord of={off} />}
      </div>
      <WindowGauge value={v} min={m.v_min_kv ?? m.nominal_kv * 0.95} max={m.v_max_kv ?? m.nominal_kv * 1.05} nominal={m.nominal_kv} decimals={decimals} assumed={assumed} label={`Voltage ${fixed(v, decimals)} kV, nominal ${fixed(m.nominal_kv, decimals)} kV`} />
    </>
  );
}

/** What is not normal about a value: with a shape and a word. */
function MarkWord({ of }: { of: Mark | null }) {
  if (!of) return null;
  return (
    <span class={`aside ${of.level === 'high' ? 'high' : 'med'}`}>
      <AlarmShape level={of.level} size={14} /> {of.word}
    </span>
  );
}

function LinkCell({ id, plant, stale, seconds, off }: { id: string; plant: PlantState; stale: boolean; seconds: number | null; off: Mark | null }) {
  const link = plant.link;
  const lost = !connected.value;
  const rtt = lost ? null : link.rtt_ms;
  state.value;
  buffer(id);
  return (
    <div class="cell linkcell">
      <p class="celltitle">Link round trip</p>
      <div class="value">
        <b>{fixed(rtt, rtt === null || rtt >= 10 ? 0 : rtt >= 1 ? 1 : 2)}</b>
        <span class="unit">ms</span>
        {!lost && <MarkWord of={off} />}
      </div>
      <Spark values={roundTrips.get(id) ?? []} slow={link.slow_ms} stale={stale} />
      <p class="linkfoot">
        {stale ? (
          <span class="agemark">
            <Clock /> {age(seconds)}
            {link.consecutive_failures > 0 && `, ${link.consecutive_failures} failed`}
          </span>
        ) : (
          `age ${age(seconds)}, ${link.lost} lost`
        )}
      </p>
    </div>
  );
}
