// The platform: connection, how complete today and tomorrow are, posting per plant, and the day-ahead plan.

import '../style/pages.css';
import { effect, signal } from '@preact/signals';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { MarketDay, State } from '../api/types';
import { laneSpec, picture } from '../chart/picture';
import { age, duration, fixed } from '../format/number';
import { ms } from '../format/zone';
import { run } from '../model/session';
import { isDispatched, noOutlook } from '../model/known';
import { effectives, twoDays } from '../model/effective';
import { SeriesBuffer } from '../model/series_buffer';
import { ageSeconds } from '../model/staleness';
import { connected, mayCommand, now, pending, state, zone } from '../model/store';
import { codeInWords } from '../model/words';
import { Lane, leftOf, TimeAxis, timeGroup, TimeSurface } from '../view/chart_group';
import { AlarmShape, Lamp } from '../view/icons';
import { ask } from '../view/why';

const custom = signal<readonly [number, number] | null>(null);
const group = timeGroup([0, 1], (r) => (custom.value = r), () => (custom.value = null));
const nothing = new SeriesBuffer();

export default function Market() {
  useEffect(
    () =>
      effect(() => {
        const t = now();
        if (t === null) return;
        group.domain = twoDays(t);
        const next = custom.value ?? twoDays(t);
        const [a, b] = group.view.peek();
        if (a !== next[0] || b !== next[1]) group.view.value = next;
      }),
    [],
  );
  const s = state.value;
  if (!s) return null;
  return (
    <>
      <h1 class="hidden">Market</h1>
      <div class="cards">
        <Connection s={s} />
        <Completeness s={s} />
        <Posting s={s} />
      </div>
      <Preview s={s} />
    </>
  );
}

function Connection({ s }: { s: State }) {
  const m = s.market;
  const busy = m.state === 'connecting' || m.state === 'disconnecting' || Object.values(pending.value).some((p) => p.kind.startsWith('market.'));
  const on = connected.value;
  const form = useRef<HTMLFormElement>(null);
  const t = now() ?? 0;
  const connect = (e: SubmitEvent) => {
    e.preventDefault();
    const password = String(new FormData(form.current!).get('password') ?? '');
    form.current!.reset();
    void run({ kind: 'market.connect', ...(password ? { password } : {}) });
  };
  return (
    <section class="panel card" aria-label="Connection">
      <h2>Connection</h2>
      <p class="big">
        <span class="chip">
          <Lamp state={m.state === 'connected' ? 'running' : busy ? 'moving' : 'stopped'} /> {m.state.charAt(0).toUpperCase() + m.state.slice(1)}
        </span>
        {m.state === 'error' && <AlarmShape level="medium" size={18} />}
      </p>
      {m.last_error && <p class="problem">{codeInWords(m.last_error)}</p>}
      <dl class="facts2">
        <dt>Last answer</dt>
        <dd>{m.last_success ? `${age(ageSeconds(ms(m.last_success), t))} ago` : '–'}</dd>
        <dt>Last attempt</dt>
        <dd>{m.last_attempt ? `${age(ageSeconds(ms(m.last_attempt), t))} ago` : '–'}</dd>
        <dt>Password</dt>
        <dd>{m.password_stored ? 'known to the service' : 'not known'}</dd>
        {m.reason && (
          <>
            <dt>Reason</dt>
            <dd>{codeInWords(m.reason)}</dd>
          </>
        )}
        <dt>Next activation</dt>
        <dd>{m.next_activation ? `${fixed(m.next_activation.power_kw, 1)} kW at ${zone.value.near(ms(m.next_activation.at)!, t)} (shown, not dispatched)` : 'none'}</dd>
      </dl>
      {mayCommand.value && (
        <form ref={form} class="connect" onSubmit={connect}>
          {m.state !== 'connected' && <input class="field grow" type="password" name="password" aria-label="Password of the platform" placeholder={m.password_stored ? 'Password (blank: the known one)' : 'Password'} autocomplete="off" />}
          {m.state !== 'connected' && (
            <button class="button" disabled={!on || busy}>
              {busy ? 'Connecting…' : 'Connect'}
            </button>
          )}
          {(m.state === 'connected' || m.state === 'error') && (
            <button type="button" class="button" disabled={!on || busy} onClick={() => void run({ kind: 'market.disconnect' })}>
              Disconnect
            </button>
          )}
        </form>
      )}
      <p class="small soft">Disconnecting keeps what was downloaded; it is dispatched until it is older than {duration(s.site.plan_validity_s)}.</p>
    </section>
  );
}

function Completeness({ s }: { s: State }) {
  return (
    <section class="panel card" aria-label="Day-ahead plan">
      <h2>Day-ahead plan</h2>
      <Day name="Today" day={s.market.today} s={s} />
      <Day name="Tomorrow" day={s.market.tomorrow} s={s} />
    </section>
  );
}

function Day({ name, day, s }: { name: string; day: MarketDay; s: State }) {
  const at = ms(day.at);
  return (
    <div class="daystatus">
      <h3>
        {name} <span class="soft">{day.date}</span>
        <span class="grow" />
        <span class="small soft">{day.fetched ? 'complete' : at === null ? 'not fetched yet' : 'incomplete'}{at === null ? '' : `, ${zone.value.near(Math.floor(at / 60_000) * 60_000, now() ?? at)}`}</span>
      </h3>
      {Object.entries(s.plants).map(([id, p]) => {
        const n = day.points[id];
        return (
          <div class="progress" key={id}>
            <span>{p.name}</span>
            <span class="track" role="img" aria-label={`${p.name}: ${n ?? 'unknown'} of ${day.expected} periods`}>
              <i style={{ width: `${n === undefined || !day.expected ? 0 : Math.min(100, (n / day.expected) * 100)}%` }} />
            </span>
            <b>
              {n ?? '–'} of {day.expected || '–'}
            </b>
          </div>
        );
      })}
    </div>
  );
}

function Posting({ s }: { s: State }) {
  const p = s.posting;
  const t = now() ?? 0;
  const on = connected.value;
  const asked = Object.values(pending.value).some((x) => x.kind.startsWith('posting.'));
  const ago = (time: string | null) => (time ? `${age(ageSeconds(ms(time), t))} ago` : '–');
  return (
    <section class="panel card" aria-label="Posting of measurements">
      <h2>
        Posting of measurements <span class="grow" />
        {mayCommand.value && (
          <div class={`halves${on ? '' : ' off'}${asked ? ' moving' : ''}`} role="group" aria-label="Posting">
            {p.enabled ? <span class="is">On</span> : <button disabled={!on || asked} aria-label="Posting on" onClick={() => void run({ kind: 'posting.enable' })}>On</button>}
            {!p.enabled ? <span class="is">Off</span> : <button disabled={!on || asked} aria-label="Posting off" onClick={() => void run({ kind: 'posting.disable' })}>Off</button>}
          </div>
        )}
      </h2>
      <p class="soft">{!p.enabled ? 'Nothing is enqueued while posting is off.' : p.effective ? `Measurements are posted; health: ${p.state}.` : `Not effective now: ${p.why_not ?? p.state}`}</p>
      <div class="scroll" tabIndex={0} role="group" aria-label="Table">
        <table class="plain">
          <thead>
            <tr>
              <th>Plant</th>
              <th class="number">Waiting</th>
              <th class="number">Oldest</th>
              <th class="number">Last success</th>
              <th class="number">Last attempt</th>
            </tr>
          </thead>
          <tbody>
            {Object.entries(s.plants).map(([id, plant]) => (
              <tr key={id}>
                <th scope="row">
                  <b>{plant.name}</b>
                </th>
                <td class="number">{plant.posting.pending_queue_count}</td>
                <td class="number">{age(plant.posting.oldest_pending_age_s)}</td>
                <td class="number">{ago(plant.posting.last_success)}</td>
                <td class="number">{ago(plant.posting.last_attempt)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {Object.entries(s.plants).map(([id, plant]) => plant.posting.last_error && (
        <p key={id} class="problem">
          {plant.name}: {plant.posting.last_error}
        </p>
      ))}
    </section>
  );
}

function Preview({ s }: { s: State }) {
  const box = useRef<HTMLElement>(null);
  const [width, setWidth] = useState(1000);
  useEffect(() => {
    const o = new ResizeObserver(() => setWidth(box.current?.clientWidth ?? 1000));
    o.observe(box.current!);
    return () => o.disconnect();
  }, []);
  const t = now();
  const view = group.view.value;
  return (
    <section class="panel charts marketcharts" ref={box} aria-label="What will be dispatched">
      {Object.entries(s.plants).map(([id, plant]) => (
        <PreviewLane key={id} id={id} s={s} name={plant.name} />
      ))}
      <TimeAxis group={group} zone={zone.value} width={width} now={t} cursor />
      {t !== null && t >= view[0] && t <= view[1] && <div class="nowpost" style={{ left: leftOf(t, view) }} />}
    </section>
  );
}

function PreviewLane({ id, s, name }: { id: string; s: State; name: string }) {
  const plant = s.plants[id]!;
  const view = group.view.value;
  const effective = effectives.value[id] ?? null;
  const api = s.active_schedule_source === 'api';
  const outlook = isDispatched(plant, s, now() ?? 0);
  const shown = useMemo(() => ({ spec: laneSpec('p', plant.model, nothing, view), picture: { ...picture('p', { buffer: nothing, effective, model: plant.model, now: view[0], stale: false, outlook, overrides: api }, view), columns: [[], []] } }), [effective, view, plant.model, api, outlook]);
  const c = group.cursor.value;
  const piece = c === null ? null : effective?.segments.find((x) => ms(x.from)! <= c && c < ms(x.to)!);
  const p = outlook ? effective?.projection : null;
  return (
    <div class="chart">
      <div class="legend">
        <h3>{name}</h3>
        <span class="item">
          <span class="swatch dotted c-p" /> {api ? 'Market plan' : 'Manual plan (source is manual)'} {piece && <b>{fixed(piece.p.value, 1)} kW</b>}
        </span>
        {!outlook && <span class="item">not dispatched: {noOutlook(plant, s, now() ?? 0)}</span>}
        {p && (
          <span class="item">
            from now: discharge <b>{fixed(p.energy_out_kwh, 0)} kWh</b>, charge <b>{fixed(p.energy_in_kwh, 0)} kWh</b>
          </span>
        )}
      </div>
      <TimeSurface group={group} label={`${name}: plan of today and tomorrow`} onPress={(at) => ask({ plant: id, at, signal: 'p', x: innerWidth / 2, y: 300 })}>
        <Lane group={group} zone={zone.value} kind="p" spec={shown.spec} picture={shown.picture} press={(at, where) => ask({ plant: id, at, signal: 'p', x: where.x, y: where.y + 12 })} />
      </TimeSurface>
    </div>
  );
}
