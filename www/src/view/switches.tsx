// What is confirmed is filled; what may be asked for is a button. While a command runs the outline is dashed and
// the step it is at is shown. Stop is possible in every state.

import type { PlantState } from '../api/types';
import { stopPlant } from '../model/consequence';
import { connected, now, pending, state, zone } from '../model/store';
import { run } from '../model/session';
import { confirm } from './dialog';
import { Half } from './half';

function isPending(kinds: string[], plant: string): boolean {
  return Object.values(pending.value).some((p) => kinds.includes(p.kind) && (p.plant === plant || p.plant === null));
}

export async function askStop(id: string): Promise<void> {
  const s = state.peek();
  const plant = s?.plants[id];
  if (plant && (await confirm(stopPlant(plant, zone.peek(), now() ?? 0)))) void run({ kind: 'plant.stop', plant: id });
}

/** "waiting for decay 4.1 s" → "4.1 s". */
export const stepSeconds = (step: string | undefined) => /(\d+(?:\.\d+)?) s\b/.exec(step ?? '')?.[0] ?? '';

/** `silent`: nobody knows whether it runs, so neither half is filled and both may be asked for. */
export function PlantSwitches({ id, plant, silent }: { id: string; plant: PlantState; silent: boolean }) {
  const on = connected.value;
  const off = on ? '' : ' off';
  const name = plant.name;
  const t = silent && plant.transition !== 'starting' && plant.transition !== 'stopping' ? 'unknown' : plant.transition;
  const asked = isPending(['plant.start', 'plant.stop', 'fleet.start_all', 'fleet.stop_all', 'plant.adopt'], id);
  const moving = t === 'starting' || t === 'stopping';
  const latched = state.value?.estop.latched ?? false;
  const gateAsked = isPending(['plant.dispatch_enable', 'plant.dispatch_disable'], id);
  const recordAsked = isPending(['plant.record_start', 'plant.record_stop'], id);
  const seconds = stepSeconds(plant.operation?.step);
  const start = () => void run({ kind: 'plant.start', plant: id });
  const gate = plant.dispatch.sending_enabled;
  const recording = plant.recording.on;
  return (
    <div class="cell switches">
      <div class={`halves${off}${asked || moving ? ' moving' : ''}`} role="group" aria-label={`${name} operation`}>
        {t === 'starting' ? (
          <Half is label="Starting" />
        ) : (
          <Half is={t === 'running'} label={t === 'running' ? 'Running' : 'Run'} name={`Run ${name}`} act={start} disabled={!on || asked || latched || t === 'stopping'} />
        )}
        {t === 'stopping' ? (
          <Half is label={seconds ? `Stopping ${seconds}` : 'Stopping'} />
        ) : (
          <Half is={t === 'stopped'} label={t === 'stopped' ? 'Stopped' : 'Stop'} name={`Stop ${name}`} act={() => void askStop(id)} disabled={!on} />
        )}
      </div>
      <div class={`halves wide-left${off}${gateAsked ? ' moving' : ''}`} role="group" aria-label={`${name} dispatch`}>
        <Half is={gate} label={gate ? (silent ? 'Dispatch on' : 'Dispatching') : 'Dispatch'} name={`Dispatch ${name}`} act={() => void run({ kind: 'plant.dispatch_enable', plant: id })} disabled={!on || gateAsked || latched} />
        <Half is={!gate} label={gate ? 'Pause' : 'Paused'} name={`Pause ${name}`} act={() => void run({ kind: 'plant.dispatch_disable', plant: id })} disabled={!on || gateAsked} />
      </div>
      <div class={`halves ${recording ? 'wide-left' : 'wide-right'}${off}${recordAsked ? ' moving' : ''}`} role="group" aria-label={`${name} recording`}>
        <Half
          is={recording}
          label={recording ? <><span class="dot" />Recording</> : 'Record'}
          name={`Record ${name}`}
          act={() => void run({ kind: 'plant.record_start', plant: id })}
          disabled={!on || recordAsked}
        />
        <Half
          is={!recording}
          label={recording ? 'Stop' : <><span class="dot ring" />Stopped</>}
          name={`Stop recording ${name}`}
          act={() => void run({ kind: 'plant.record_stop', plant: id })}
          disabled={!on || recordAsked}
        />
      </div>
    </div>
  );
}

/** For those who may only look: the same facts without anything to press. */
export function PlantFacts({ plant }: { plant: PlantState }) {
  return (
    <div class="cell facts">
      <span>{plant.dispatch.sending_enabled ? 'Dispatching' : 'Dispatch paused'}</span>
      <span class="labelled">
        <span class={`dot${plant.recording.on ? '' : ' ring'}`} /> {plant.recording.on ? 'Recording' : 'Not recording'}
      </span>
    </div>
  );
}
