// What is on every page, at the same place: navigation, transport and source, the band with the sentence, the
// alarms and the emergency stop, and the footer.

import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { Source, State, Transport } from '../api/types';
import { duration } from '../format/number';
import { ms } from '../format/zone';
import { switchSource, switchTransport } from '../model/consequence';
import { feed, logout, run } from '../model/session';
import { lastKnown, sentence } from '../model/sentence';
import { dismiss, notices, said } from '../model/notices';
import { beat, connected, connection, lastSeen, lostAt, mayCommand, mayStop, now, pending, session, state, zone } from '../model/store';
import { askStopAll } from '../pages/status';
import { AlarmTile } from './alarms';
import { confirm } from './dialog';
import { EmergencyAloud, EmergencyStop } from './estop';
import { Half } from './half';
import { Broken, Cross, Logo, Menu, Moon, Sun } from './icons';
import { PaceBanner } from './pace';
import { theme, toggleTheme } from './theme';

export interface PageLink {
  path: string;
  name: string;
}
const menuOpen = signal(false);

export function Shell({ pages, current, children }: { pages: PageLink[]; current: string; children: ComponentChildren }) {
  return (
    <div class="page">
      <Bar pages={pages} current={current} />
      <PaceBanner />
      <Band />
      <main id="main">{children}</main>
      <Foot />
      <ThumbBar />
      <Notices />
      <EmergencyAloud />
    </div>
  );
}

function Bar({ pages, current }: { pages: PageLink[]; current: string }) {
  const s = state.value;
  const who = session.value;
  return (
    <header class={`bar${menuOpen.value ? ' open' : ''}`}>
      <a class="brand" href="#/" aria-label="hil-scheduler, Status">
        <Logo /> <span>hil-scheduler</span>
      </a>
      <nav aria-label="Pages" class="collapsible">
        {pages.map((p) => (
          <a key={p.path} href={`#/${p.path}`} aria-current={p.path === current ? 'page' : undefined} onClick={() => (menuOpen.value = false)}>
            {p.name}
          </a>
        ))}
      </nav>
      <span class="grow" />
      {s && <Mode label="Transport" s={s} moving={s.transport_switching} kind="transport" current={s.transport_mode} choices={[['local', 'Local'], ['remote', 'Remote']]} />}
      {s && <Mode label="Source" s={s} moving={s.schedule_switching} kind="source" current={s.active_schedule_source} choices={[['api', 'Market'], ['manual', 'Manual']]} />}
      <ServiceClock />
      <button class="iconbutton" onClick={toggleTheme} aria-label={theme.value === 'dark' ? 'Light colours' : 'Dark colours'}>
        {theme.value === 'dark' ? <Sun /> : <Moon />}
      </button>
      {who?.login && (
        <button class="button collapsible" onClick={() => void logout()} title={`${who.name ?? ''}, ${who.role}`}>
          Log out
        </button>
      )}
      <button class="iconbutton menubutton" aria-label="Menu" aria-expanded={menuOpen.value} onClick={() => (menuOpen.value = !menuOpen.value)}>
        <Menu />
      </button>
    </header>
  );
}

function Mode({ label, s, moving, kind, current, choices }: { label: string; s: State; moving: boolean; kind: 'transport' | 'source'; current: string; choices: [string, string][] }) {
  const may = mayCommand.value;
  const asked = Object.values(pending.value).some((p) => p.kind === `${kind}.switch`);
  const on = connected.value;
  if (!may)
    return (
      <div class="labelled collapsible">
        <span>{label}</span>
        <b>{choices.find(([v]) => v === current)?.[1]}</b>
      </div>
    );
  const choose = async (to: string) => {
    const what = kind === 'transport' ? switchTransport(s, to as Transport) : switchSource(s, to as Source);
    if (await confirm(what)) void run(kind === 'transport' ? { kind: 'transport.switch', mode: to } : { kind: 'source.switch', source: to });
  };
  return (
    <div class="labelled collapsible">
      <span id={`mode-${kind}`}>{label}</span>
      <div class={`halves${on ? '' : ' off'}${moving || asked ? ' moving' : ''}`} role="group" aria-labelledby={`mode-${kind}`}>
        {choices.map(([value, name]) => {
          const is = value === current;
          return <Half key={value} is={is} label={!is && (moving || asked) ? 'Switching' : name} act={() => void choose(value)} disabled={!on || moving || asked || s.estop.latched} />;
        })}
      </div>
    </div>
  );
}

function ServiceClock() {
  const t = now();
  const s = state.value;
  if (t === null || !s) return <span class="clock" />;
  const z = zone.value;
  const { speed, paused } = s.clock;
  return (
    <time class="clock" dateTime={new Date(t).toISOString()} title={z.name}>
      <b>{z.clockSeconds(t)}</b>
      <span class="place">
        {z.day(t)}, {z.city()} ({z.offsetText(t)})
      </span>
      <span class="brief">{z.offsetText(t)}</span>
      {(paused || speed !== 1) && <span class="fast">{paused ? 'paused' : `×${speed}`}</span>}
    </time>
  );
}

export function Band() {
  const s = state.value;
  const c = connection.value;
  const plants = Object.values(s?.plants ?? {});
  const t = now() ?? 0;
  if (c.state === 'lost' || (c.state === 'connecting' && !s)) return <LostBand plants={plants} />;
  return (
    <section class="band" aria-label="Situation">
      <div class={`sentences${plants.length > 2 ? ' many' : ''}`}>
        {s &&
          Object.entries(s.plants).map(([id, p]) => {
            const line = sentence(p, s, zone.value, t, lastSeen(id));
            return (
              <p key={id} title={line.bold + line.rest}>
                <b>{line.bold}</b>
                {line.rest}
              </p>
            );
          })}
      </div>
      <AlarmTile />
      <EmergencyStop place="band" />
    </section>
  );
}

function LostBand({ plants }: { plants: State['plants'][string][] }) {
  const c = connection.value;
  beat.value;
  if (c.state !== 'lost')
    return (
      <section class="band" aria-label="Situation">
        <div class="sentences">
          <p>Connecting…</p>
        </div>
        <EmergencyStop place="band" />
      </section>
    );
  const heard = lostAt.value;
  const away = Math.max(0, Math.round((Date.now() - c.since) / 1000));
  const left = c.retryAt === null ? null : Math.max(0, (c.retryAt - Date.now()) / 1000);
  const stop = mayStop.value ? ' Controls are off; the emergency stop goes by HTTP.' : '';
  return (
    <section class="band lost" aria-label="Connection lost" role="status">
      <Broken />
      <div class="sentences">
        <p>
          <b>No connection{heard === null ? '' : ` since ${zone.value.clockSeconds(heard)}`}</b>
          {` (${away < 60 ? `${away} s` : duration(away)}); ${left === null ? 'trying now' : `next try in ${Math.ceil(left)} s`}.${stop}`}
        </p>
        {plants.length > 0 && <p>Last known: {plants.slice(0, 4).map(lastKnown).join(', ')}.</p>}
      </div>
      <button class="button try" onClick={() => feed.tryNow()}>
        Try now
      </button>
      <AlarmTile />
      <EmergencyStop place="band" />
    </section>
  );
}

function Foot() {
  const s = state.value;
  if (!s) return <footer class="foot" />;
  const z = zone.value;
  const lost = !connected.value;
  const at = lostAt.value;
  const m = s.market;
  const day = (d: State['market']['today']) => {
    const points = Object.values(d.points);
    return points.length && d.expected ? `${Math.min(...points)} of ${d.expected}` : '–';
  };
  const files = Object.values(s.plants).map((p) => p.recording.file).filter(Boolean);
  const waiting = Object.values(s.plants).reduce((n, p) => n + p.posting.pending_queue_count, 0);
  const last = s.last_event;
  return (
    <footer class="foot">
      <span>
        <b>Market</b> {lost ? `was ${m.state}${at === null ? '' : ` at ${z.clockSeconds(at)}`}` : m.connected ? `connected: today ${day(m.today)}, tomorrow ${day(m.tomorrow)}` : `${m.state}${m.last_error ? `: ${m.last_error}` : ''}`}
      </span>
      <span>
        <b>Posting</b> {lost ? `was ${s.posting.enabled ? 'on' : 'off'}` : !s.posting.enabled ? 'off' : s.posting.effective ? `on, ${waiting} waiting` : `on, not effective${s.posting.why_not ? `: ${s.posting.why_not}` : ''}`}
      </span>
      <span>
        <b>Recording</b> {files.length ? `${lost ? 'was on: ' : ''}${files.join(', ')}` : 'off'}
      </span>
      <span class="hidden" aria-live="polite">
        {said.value?.text}
      </span>
      {said.value && (
        <span class="last">
          <b>{said.value.text}</b>
        </span>
      )}
      {last && !said.value && (
        <span class="last">
          Last event {z.near(Math.floor((ms(last.time) ?? 0) / 1000) * 1000, now() ?? 0)} {last.plant && !last.message.includes(last.plant) ? `${s.plants[last.plant]?.name ?? last.plant} ` : ''}{last.message}
        </span>
      )}
    </footer>
  );
}

function ThumbBar() {
  if (!mayStop.value) return null;
  return (
    <div class="thumb">
      <button class="button" disabled={!connected.value || !mayCommand.value} onClick={() => void askStopAll()}>
        Stop all
      </button>
      <EmergencyStop place="thumb" />
    </div>
  );
}

function Notices() {
  return (
    <div class="notices" role="log" aria-live="assertive" aria-label="Notices">
      {notices.value.map((n) => (
        <div key={n.id} class="notice">
          <span class="grow">{n.text}</span>
          <button class="iconbutton" aria-label="Dismiss" onClick={() => dismiss(n.id)}>
            <Cross />
          </button>
        </div>
      ))}
    </div>
  );
}
