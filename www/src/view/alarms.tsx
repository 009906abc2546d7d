// The alarm summary and what is behind it: acknowledge, and reset what tripped.

import { signal } from '@preact/signals';
import type { Alert, State, Trip } from '../api/types';
import { ms } from '../format/zone';
import { duration } from '../format/number';
import { connected, lostAt, mayCommand, now, state, zone } from '../model/store';
import { run } from '../model/session';
import { level } from '../model/words';
import { Dialog } from './dialog';
import { AlarmShape } from './icons';

export interface AlarmSummary {
  level: 'high' | 'medium' | 'low' | 'none';
  count: number;
  first: string;
}

interface Entry {
  alert: Alert;
  plant: string | null;
}

export function allAlerts(s: State): Entry[] {
  const order = { alarm: 0, warning: 1, info: 2 };
  return [
    ...s.alerts.map((alert) => ({ alert, plant: null })),
    ...Object.values(s.plants).flatMap((p) => p.alerts.map((alert) => ({ alert, plant: p.name }))),
  ].sort((a, b) => order[a.alert.severity] - order[b.alert.severity] || a.alert.since.localeCompare(b.alert.since));
}
function allTrips(s: State): { id: string; name: string; trip: Trip }[] {
  return Object.entries(s.plants).flatMap(([id, p]) => p.trips.map((trip) => ({ id, name: p.name, trip })));
}

export function summary(s: State): AlarmSummary {
  const alerts = allAlerts(s);
  const trips = allTrips(s);
  const top = alerts[0];
  if (trips.length) {
    return { level: 'high', count: Math.max(trips.length, alerts.length), first: `${trips[0]!.name} tripped: ${trips[0]!.trip.message}` };
  }
  if (!top) return { level: 'none', count: 0, first: '' };
  return { level: level(top.alert.severity), count: alerts.length, first: top.plant && !top.alert.message.includes(top.plant) ? `${top.plant}: ${top.alert.message}` : top.alert.message };
}

const open = signal(false);

export function AlarmTile() {
  const s = state.value;
  if (!s) return null;
  const sum = summary(s);
  const lost = !connected.value;
  const at = lostAt.value;
  const words = sum.level === 'none' ? 'No alarms' : `${sum.count} alarm${sum.count > 1 ? 's' : ''}, ${sum.level}`;
  return (
    <>
      <button class={`tile alarms ${lost ? '' : sum.level}`} onClick={() => (open.value = true)} aria-haspopup="dialog">
        {sum.level !== 'none' && <AlarmShape level={sum.level} />}
        <span aria-live="polite">
          <b>{words}</b>
          <small>{lost && at !== null ? `as of ${zone.value.clockSeconds(at)}` : sum.first || 'All conditions are normal'}</small>
        </span>
      </button>
      {open.value && <AlarmList />}
    </>
  );
}

function AlarmList() {
  const s = state.value!;
  const alerts = allAlerts(s);
  const trips = allTrips(s);
  const t = now();
  const may = mayCommand.value && connected.value;
  const since = (time: string) => {
    const at = ms(time);
    return at === null ? '' : `since ${zone.value.near(at, t ?? at)}${t === null ? '' : `, ${duration((t - at) / 1000)}`}`;
  };
  return (
    <Dialog label="Alarms" close={() => (open.value = false)} wide>
      <h2>Alarms</h2>
      {!alerts.length && !trips.length && <p class="soft">There is nothing that needs attention.</p>}
      <ul class="alarmlist">
        {trips.map(({ id, name, trip }) => (
          <li key={`${id}${trip.kind}`}>
            <AlarmShape level="high" />
            <div class="grow">
              <b>{name} tripped</b>: {trip.message}
              <p class="small soft">{since(trip.since)}. The plant stays stopped until the trip is reset.</p>
            </div>
            {mayCommand.value && (
              <button class="button" disabled={!may} onClick={() => void run({ kind: 'trip.reset', plant: id })}>
                Reset {name}
              </button>
            )}
          </li>
        ))}
        {alerts.map(({ alert, plant }) => (
          <li key={alert.id}>
            <AlarmShape level={level(alert.severity)} />
            <div class="grow">
              <b>
                {level(alert.severity)}
                {plant ? `, ${plant}` : ''}
              </b>
              : {alert.message}
              <p class="small soft">
                {since(alert.since)}
                {alert.acknowledged_at && `; seen by ${alert.acknowledged_by ?? 'an operator'} at ${zone.value.near(ms(alert.acknowledged_at)!, t ?? 0)}`}
              </p>
            </div>
            {mayCommand.value && !alert.acknowledged_at && (
              <button class="button" disabled={!may} onClick={() => void run({ kind: 'alert.acknowledge', id: alert.id })}>
                Acknowledge
              </button>
            )}
          </li>
        ))}
      </ul>
      <div class="actions">
        <button class="button" onClick={() => (open.value = false)}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
