// How the service itself is: health, lag of its event loop, Modbus, configuration, version.

import '../style/pages.css';
import { effect, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { address, Refusal, request, requestText } from '../api/http';
import type { Health } from '../api/types';
import { count, fixed } from '../format/number';
import { parseMetrics, quantile, sum, type Sample } from '../model/metrics';
import { connected, session, state } from '../model/store';
import { AlarmShape, Lamp } from '../view/icons';
import { paceInWords, PaceControl } from '../view/pace';

const health = signal<Health | null>(null);
const metrics = signal<{ samples: Sample[]; problem: string }>({ samples: [], problem: '' });
const config = signal<{ value: unknown; problem: string }>({ value: null, problem: '' });

async function refresh(): Promise<void> {
  try {
    const response = await fetch(address('/health/ready'), { cache: 'no-store', signal: AbortSignal.timeout(5000) });
    health.value = (await response.json()) as Health;
  } catch {
    health.value = null;
  }
  try {
    const text = await requestText('/metrics', { timeoutMs: 5000 });
    metrics.value = { samples: parseMetrics(text), problem: '' };
  } catch (error) {
    metrics.value = { samples: [], problem: error instanceof Refusal && error.status === 401 ? 'The figures need a token on this address.' : 'The figures could not be read.' };
  }
}

export default function System() {
  useEffect(() => {
    const timer = setInterval(() => connected.peek() && !document.hidden && void refresh(), 5000);
    const stop = effect(() => {
      if (connected.value) void refresh();
    });
    request<unknown>('/api/v1/config')
      .then((value) => (config.value = { value, problem: '' }))
      .catch((error: unknown) => (config.value = { value: null, problem: error instanceof Refusal ? error.message : 'It could not be read.' }));
    return () => {
      clearInterval(timer);
      stop();
    };
  }, []);
  const s = state.value;
  if (!s) return null;
  const m = metrics.value.samples;
  const msOf = (v: number | null) => (v === null ? '–' : fixed(v * 1000, v < 0.01 ? 2 : 1));
  const who = session.value;
  const h = health.value;
  return (
    <>
      <h1 class="hidden">System</h1>
      <div class="cards">
        <section class="panel card" aria-label="Health">
          <h2>Health</h2>
          {!h && <p class="soft">Not known.</p>}
          {h && (
            <ul class="checks">
              {h.checks.map((c) => (
                <li key={c.name}>
                  {c.ok ? <Lamp state="running" /> : <AlarmShape level="high" size={16} />}
                  <b>{c.name}</b>
                  <span class="soft">{c.ok ? c.detail || 'in order' : `not in order: ${c.detail}`}</span>
                </li>
              ))}
              {h.checks.length === 0 && <li>{h.status}</li>}
            </ul>
          )}
        </section>
        <section class="panel card" aria-label="Service">
          <h2>Service</h2>
          <dl class="facts2">
            <dt>Version</dt>
            <dd>{s.version}</dd>
            <dt>Clock</dt>
            <dd>
              {paceInWords(s.clock)}
              <PaceControl />
            </dd>
            <dt>Zone</dt>
            <dd>{s.site.zone}</dd>
            <dt>Logged in</dt>
            <dd>{who?.name ? `${who.name}, ${who.role}` : who ? `${who.role}, without a login` : '–'}</dd>
            <dt>Event loop lag, 99 %</dt>
            <dd>{msOf(quantile(m, 'hil_event_loop_lag_seconds', 0.99))} ms</dd>
            <dt>Dispatch lateness, 99 %</dt>
            <dd>{msOf(quantile(m, 'hil_dispatch_lateness_seconds', 0.99))} ms</dd>
            <dt>Sample lateness, 99 %</dt>
            <dd>{msOf(quantile(m, 'hil_sample_lateness_seconds', 0.99))} ms</dd>
            <dt>Browsers connected</dt>
            <dd>{count(sum(m, 'hil_websocket_clients'))}</dd>
          </dl>
          {metrics.value.problem && <p class="small soft">{metrics.value.problem}</p>}
          <p class="small soft">
            <a href={address('/api/docs')}>API</a>, <a href={address('/metrics')}>metrics</a>
          </p>
        </section>
        <section class="panel card wide" aria-label="Modbus">
          <h2>Modbus</h2>
          <div class="scroll" tabIndex={0} role="group" aria-label="Table">
            <table class="plain">
              <thead>
                <tr>
                  <th>Plant</th>
                  <th>Link</th>
                  <th class="number">Requests</th>
                  <th class="number">Not ok</th>
                  <th class="number">Median</th>
                  <th class="number">99 %</th>
                  <th class="number">In a row</th>
                </tr>
              </thead>
              <tbody>
                {Object.entries(s.plants).map(([id, p]) => {
                  const all = sum(m, 'hil_modbus_requests_total', { plant: id });
                  const ok = sum(m, 'hil_modbus_requests_total', { plant: id, outcome: 'ok' });
                  return (
                    <tr key={id}>
                      <th scope="row">
                        <b>{p.name}</b>
                      </th>
                      <td>
                        {p.link.status}
                        {p.link.last_error && <span class="soft"> ({p.link.last_error})</span>}
                      </td>
                      <td class="number">{count(all)}</td>
                      <td class="number">{all === null ? '–' : count(all - (ok ?? 0))}</td>
                      <td class="number">{msOf(quantile(m, 'hil_modbus_request_duration_seconds', 0.5, { plant: id }))} ms</td>
                      <td class="number">{msOf(quantile(m, 'hil_modbus_request_duration_seconds', 0.99, { plant: id }))} ms</td>
                      <td class="number">{count(p.link.consecutive_failures)}</td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
        </section>
      </div>
      <section class="panel card config" aria-label="Effective configuration">
        <h2>Effective configuration</h2>
        {config.value.problem && <p class="soft">{config.value.problem}</p>}
        {config.value.value !== null && (
          <pre tabIndex={0}>{JSON.stringify(config.value.value, null, 2)}</pre>
        )}
      </section>
    </>
  );
}
