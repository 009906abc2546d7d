// For the wall of a control room: the situation, nothing to press but the emergency stop, read from three metres.

import '../style/wall.css';
import type { PlantState, State } from '../api/types';
import { fixed, kw, percent } from '../format/number';
import { isDispatched, silence } from '../model/known';
import { underName } from '../model/sentence';
import { connected, now, state, trustOf, zone } from '../model/store';
import { transitionInWords } from '../model/words';
import { marks } from '../model/alarms';
import { SignedBar } from '../view/gauges';
import { AlarmShape, Lamp } from '../view/icons';
import { Band } from '../view/shell';
import { EmergencyAloud } from '../view/estop';
import { StatusCharts } from '../view/status_charts';

export default function Wall() {
  const s = state.value;
  const t = now();
  const z = zone.value;
  return (
    <div class="page wall">
      <Band />
      <main id="main">
        <h1 class="hidden">Wall</h1>
        <section class="wallplants" aria-label="Plants">
          {s && Object.entries(s.plants).map(([id, plant]) => <WallPlant key={id} id={id} plant={plant} s={s} />)}
          <div class="panel wallclock">
            <b>{t === null ? '–' : z.clock(t)}</b>
            <span>{t === null ? '' : z.day(t)}</span>
            <span>{s && (s.clock.paused ? 'simulated, paused' : s.clock.speed !== 1 ? `simulated, ×${s.clock.speed}` : `${s.transport_mode}, ${s.active_schedule_source === 'api' ? 'market' : 'manual'}`)}</span>
          </div>
        </section>
        <StatusCharts />
      </main>
      <EmergencyAloud />
    </div>
  );
}

function WallPlant({ id, plant, s }: { id: string; plant: PlantState; s: State }) {
  const t = now() ?? 0;
  const silent = silence(plant, s, t) !== null || !connected.value;
  const l = plant.latest;
  const m = plant.model;
  const [first, second] = underName(plant, s, zone.value, t);
  const mark = marks(plant)[0];
  const lamp = silent ? 'unknown' : plant.transition === 'running' || plant.transition === 'stopped' || plant.transition === 'unknown' ? plant.transition : 'moving';
  return (
    <div class={`panel wallplant${trustOf(id) === 'fresh' ? '' : ' stale'}`} role="group" aria-label={plant.name}>
      <header>
        <h2>{plant.name}</h2>
        <span class="chip">
          <Lamp state={lamp} />
          {silent ? 'Unknown' : transitionInWords(plant.transition)}
        </span>
        {mark && (
          <span class={`aside ${mark.level === 'high' ? 'high' : 'med'}`}>
            <AlarmShape level={mark.level} size={36} /> {mark.word}
          </span>
        )}
      </header>
      <div class="wallfigures">
        <p class="wallp">
          <b>{kw(l.p_poi_kw)}</b> kW
        </p>
        <p class="wallsoc">
          <b>{percent(l.soc_pu)}</b> %
        </p>
      </div>
      <SignedBar value={l.p_poi_kw} setpoint={l.p_setpoint_kw} min={m.p_min_kw} max={m.p_max_kw} label={`Active power ${kw(l.p_poi_kw)} kW, setpoint ${kw(l.p_setpoint_kw)} kW`} />
      <p class="wallwhy">
        {first}
        {second && `, ${second}`}
        {isDispatched(plant, s, t) && l.soc_pu !== null && `; ${fixed(l.soc_pu * m.capacity_kwh, 0)} kWh`}
      </p>
    </div>
  );
}
