// The pace of simulated time. Where the service keeps real time, nothing of this is shown.

import type { State } from '../api/types';
import { run } from '../model/session';
import { connected, mayCommand, pending, state } from '../model/store';

export const speeds = [1, 2, 10, 60, 600];

export const paceInWords = (clock: State['clock']): string =>
  clock.paused ? 'paused' : clock.speed === 1 ? 'real time' : `up to ${clock.speed} times real time`;

const setting = () => Object.values(pending.value).some((p) => p.kind === 'clock.set');
const set = (fields: { speed?: number; paused?: boolean; step_s?: number }) => void run({ kind: 'clock.set', ...fields });
const maySet = (s: State) => mayCommand.value && s.clock.settable === true;

/** On every page, while time is not what a watch shows. */
export function PaceBanner() {
  const s = state.value;
  if (!s || (!s.clock.paused && s.clock.speed === 1)) return null;
  return (
    <section class="pace" aria-label="Simulated time">
      <p role="status">
        <b>{s.clock.paused ? 'Time stands still' : `Simulated time, ${paceInWords(s.clock)}`}</b>
        {s.clock.paused ? ': the emulated plants and their dispatch wait.' : ''}
      </p>
      {maySet(s) && <PaceButtons s={s} />}
    </section>
  );
}

function PaceButtons({ s }: { s: State }) {
  const off = !connected.value || setting();
  const step = s.site.dispatch_period_s;
  return (
    <span class="pacebuttons">
      {s.clock.paused && (
        <button class="button low" disabled={off} onClick={() => set({ step_s: step })}>
          Step {step} s
        </button>
      )}
      <button class="button low" disabled={off} onClick={() => set({ paused: !s.clock.paused })}>
        {s.clock.paused ? 'Resume' : 'Pause'}
      </button>
    </span>
  );
}

/** On System: the speed as well, and pausing a clock that runs at speed 1. */
export function PaceControl() {
  const s = state.value;
  if (!s || !maySet(s)) return null;
  const choices = [...new Set([...speeds, s.clock.speed])].sort((a, b) => a - b);
  return (
    <div class="pacecontrol" role="group" aria-label="Clock">
      <select class="field" aria-label="Speed of the clock" value={String(s.clock.speed)} disabled={!connected.value || setting()} onChange={(e) => set({ speed: Number(e.currentTarget.value) })}>
        {choices.map((n) => (
          <option key={n} value={String(n)}>
            {n === 1 ? 'real time' : `×${n}`}
          </option>
        ))}
      </select>
      <PaceButtons s={s} />
    </div>
  );
}
