// The emergency stop: two steps, a key, never disabled. It goes by HTTP and over the WebSocket where that is open,
// and says whether it arrived and what became of it.

import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { makeWay, Refusal, request } from '../api/http';
import type { CommandRecord } from '../api/types';
import { ms } from '../format/zone';
import { Arming, ignoreHeldKey } from '../model/arming';
import { arrivalMs, emergencyFailure, latchedInWords, stopEverything, type EmergencyWorld } from '../model/emergency';
import { commands } from '../model/session';
import { notice } from '../model/notices';
import { beat, connected, mayStop, now, state, zone } from '../model/store';
import { codeInWords } from '../model/words';
import { confirm } from './dialog';
import { Octagon } from './icons';
import { useKeptFocus } from './keep_focus';

const sending = signal(false);
const outcome = signal<{ text: string; bad: boolean; at: number } | null>(null);
/** What is said aloud; the seconds that run down are only seen. */
const aloud = signal('');
const arming = new Arming(
  {
    say: (what) => (aloud.value = what === 'armed' ? 'Emergency stop armed for 5 seconds. Press again to stop all plants.' : 'Emergency stop no longer armed.'),
    now: () => performance.now(),
    after: (ms, what) => {
      const timer = setTimeout(what, ms);
      return () => clearTimeout(timer);
    },
  },
  () => void fire(),
);

function press(by: 'key' | 'tile'): void {
  if (!mayStop.peek() || sending.peek()) return;
  if (arming.armedAt.peek() === null) outcome.value = null;
  arming.press(by);
}

/** Until they are dismissed. */
const pinned = { pinned: true };

const world: EmergencyWorld = {
  bySocket: (told) => commands.send({ kind: 'estop' }, told),
  byHttp: () => request<CommandRecord>('/api/v1/estop', { method: 'POST', body: {}, timeoutMs: arrivalMs }),
  record: (id) => request<CommandRecord>(`/api/v1/commands/${encodeURIComponent(id)}`, { timeoutMs: 3000, mayWait: false }),
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

async function fire(): Promise<void> {
  sending.value = true;
  aloud.value = 'Sending the emergency stop.';
  makeWay();
  await stopEverything(world, {
    arrived: () => {
      sending.value = false;
      aloud.value = 'The emergency stop arrived.';
      outcome.value = { text: 'Arrived', bad: false, at: Date.now() };
      if (!connected.peek()) notice('The emergency stop arrived at the service. The page will show the plants again when it is connected.', false);
    },
    missed: (why) => {
      sending.value = false;
      aloud.value = 'The emergency stop did not arrive.';
      outcome.value = { text: 'It did not arrive', bad: true, at: Date.now() };
      notice(`The emergency stop did NOT arrive. ${why} Use the stop at the plant, and try again.`, true, pinned);
    },
    failed: (record) => notice(emergencyFailure(record, (id) => state.peek()?.plants[id]?.name ?? id), true, pinned),
    unknown: () => notice('The emergency stop arrived, but the service did not tell how it ended. Look at the plants.', true, pinned),
  });
}

async function reset(): Promise<void> {
  const names = Object.values(state.peek()?.plants ?? {}).map((p) => p.name);
  const yes = await confirm({
    title: 'Reset the emergency stop?',
    text: [`Starts, dispatch and switches are possible again for **${names.join(' and ')}**. Nothing starts by itself: all plants stay stopped and dispatch stays off.`],
    verb: 'Reset emergency stop',
  });
  if (!yes) return;
  try {
    const record = await request<CommandRecord | undefined>('/api/v1/estop', { method: 'DELETE', timeoutMs: 5000 });
    if (record?.state === 'rejected' || record?.state === 'failed') notice(`The emergency stop was not reset: ${codeInWords(record.message)}`, true, pinned);
  } catch (error) {
    notice(`The emergency stop was not reset. ${error instanceof Refusal ? error.message : ''}`, true, pinned);
  }
}

/** F8 anywhere: once to arm, again to stop. A held key does not count twice. */
export function useEstopKey(): void {
  useEffect(() => {
    const key = (e: KeyboardEvent) => {
      if (e.key === 'Escape' && arming.armedAt.peek() !== null) arming.disarm();
      if (e.key !== 'F8' || e.repeat || e.ctrlKey || e.altKey || e.metaKey) return;
      e.preventDefault();
      if (isLatched()) return;
      press('key');
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, []);
}

const isLatched = () => (state.value?.estop.latched ?? false) && connected.value;

/** `place` tells the one in the band from the one in reach of the thumb. */
export function EmergencyStop({ place }: { place: 'band' | 'thumb' }) {
  if (!mayStop.value) return null;
  return <Kept place={place} />;
}

function Kept({ place }: { place: string }) {
  const latched = isLatched();
  const box = useKeptFocus(`emergency stop, ${place}`, latched);
  return (
    <div class="keeper" ref={box}>
      {latched ? <LatchedTile /> : <Tile />}
    </div>
  );
}

function LatchedTile() {
  const s = state.value!;
  const latched = s.estop;
  const since = ms(latched.since);
  const plants = Object.values(s.plants);
  const words = latchedInWords(plants.filter((p) => p.operating_state === 'stopped').length, plants.length, since === null ? null : zone.value.near(since, now() ?? since));
  return (
    <div class="tile estop latched" role="alert" tabIndex={-1} data-keeps-focus>
      <Octagon />
      <span>
        <b>{words.head}</b>
        <small>{words.rest}</small>
      </span>
      <button class="button" onClick={() => void reset()}>
        Reset…
      </button>
    </div>
  );
}

function Tile() {
  const s = state.value;
  const armed = arming.armedAt.value !== null;
  beat.value;
  const names = Object.values(s?.plants ?? {}).map((p) => p.name);
  const who = names.length === 0 || names.length > 3 ? 'All plants' : names.join(' and ');
  const o = outcome.value;
  const small = sending.value
    ? 'Sending…'
    : armed
      ? `${who}, ${arming.left()} s left`
      : o && Date.now() - o.at < 20_000
        ? `${o.text}${o.bad ? ', press again' : ''}`
        : connected.value
          ? 'All plants'
          : 'Sent over HTTP';
  return (
    <button class={`tile estop${armed ? ' armed' : ''}`} onClick={() => press('tile')} onKeyDown={ignoreHeldKey} aria-keyshortcuts="F8" data-keeps-focus>
      <Octagon inverse={armed} />
      <span>
        <b>{armed ? 'Press again to stop' : 'Emergency stop'}</b>
        <small>{small}</small>
      </span>
      <kbd>F8</kbd>
    </button>
  );
}

/** Once on the page, for those who hear it. */
export function EmergencyAloud() {
  return (
    <p class="hidden" aria-live="assertive">
      {aloud.value}
    </p>
  );
}
