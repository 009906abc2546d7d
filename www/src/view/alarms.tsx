// The alarm summary and what is behind it: acknowledge, and reset what tripped.

import { signal } from '@preact/signals';
import type { Alert } from '../api/types';
import { ms } from '../format/zone';
import { duration } from '../format/number';
import { groups, groupText, summary, type Group } from '../model/alarms';
import { connected, lostAt, mayCommand, now, state, zone } from '../model/store';
import { run } from '../model/session';
import { Dialog } from './dialog';
import { AlarmShape } from './icons';

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
          <small title={sum.first}>{lost && at !== null ? `as of ${zone.value.clockSeconds(at)}` : sum.first || 'All conditions are normal'}</small>
        </span>
      </button>
      {open.value && <AlarmList />}
    </>
  );
}

function AlarmList() {
  const list = groups(state.value!);
  return (
    <Dialog label="Alarms" close={() => (open.value = false)} wide>
      <h2>Alarms</h2>
      {!list.length && <p class="soft">There is nothing that needs attention.</p>}
      <ul class="alarmlist">
        {list.map((g) => (
          <Entry key={`${g.plantId}${g.alert?.id ?? g.trip?.kind ?? g.text}`} g={g} />
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

function Entry({ g }: { g: Group }) {
  const t = now();
  const may = mayCommand.value && connected.value;
  const z = zone.value;
  const at = ms(g.since);
  const since = at === null ? '' : `since ${z.near(Math.floor(at / 1000) * 1000, t ?? at)}${t === null ? '' : `, ${duration((t - at) / 1000)}`}`;
  const a = g.alert;
  return (
    <li>
      <AlarmShape level={g.level} />
      <div class="grow">
        <b>{g.level}</b>: {groupText(g)}
        <p class="small soft">
          {since}
          {g.trip && `${since ? '. ' : ''}The plant stays stopped until the trip is reset.`}
          {a?.acknowledged_at && `; seen by ${a.acknowledged_by ?? 'an operator'} at ${z.near(Math.floor(ms(a.acknowledged_at)! / 1000) * 1000, t ?? 0)}`}
        </p>
        {g.consequences.length > 0 && (
          <ul class="consequences small soft" aria-label="What follows from it">
            {g.consequences.map((c: Alert) => (
              <li key={c.id}>therefore: {c.message}</li>
            ))}
          </ul>
        )}
      </div>
      {g.trip && mayCommand.value && (
        <button class="button" disabled={!may} onClick={() => void run({ kind: 'trip.reset', plant: g.plantId! })}>
          Reset {g.plant}
        </button>
      )}
      {a && mayCommand.value && !a.acknowledged_at && (
        <button class="button" disabled={!may} onClick={() => void Promise.all([a, ...g.consequences].filter((x) => !x.acknowledged_at).map((x) => run({ kind: 'alert.acknowledge', id: x.id })))}>
          Acknowledge
        </button>
      )}
    </li>
  );
}
