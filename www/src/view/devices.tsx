// The devices of the site that are only watched: a quiet list of what they measure.

import type { DeviceState } from '../api/types';
import { figures, kindWords, trouble } from '../model/devices';
import { connected, state } from '../model/store';
import '../style/devices.css';

export function Devices() {
  const devices = Object.entries(state.value?.devices ?? {});
  if (!devices.length) return null;
  return (
    <section class="panel devices" aria-label="Watched devices">
      <h2>Watched devices</h2>
      <ul>
        {devices.map(([id, device]) => (
          <Device key={id} id={id} device={device} />
        ))}
      </ul>
    </section>
  );
}

function Device({ id, device }: { id: string; device: DeviceState }) {
  const wrong = trouble(device);
  return (
    <li class={wrong || !connected.value ? 'stale' : ''} aria-label={device.name}>
      <div class="who">
        <b>{device.name}</b>
        <small title={id}>{wrong || kindWords[device.kind]}</small>
      </div>
      <dl>
        {figures(device).map((figure) => (
          <div key={figure.name}>
            <dt>{figure.name}</dt>
            <dd>
              {figure.value} <span class="unit">{figure.unit}</span>
            </dd>
          </div>
        ))}
      </dl>
    </li>
  );
}
