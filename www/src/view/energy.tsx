// Energy by the hour, the day or the month under the recorded past: asked, delivered, missing.

import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { query, request } from '../api/http';
import type { EnergyRow } from '../api/types';
import type { Range } from '../chart/geometry';
import { fixed } from '../format/number';
import { ms, utc } from '../format/zone';
import { zone } from '../model/store';

export type Step = 'hour' | 'day' | 'month';
export const energyShown = signal<Step | null>(null);

export function EnergyHalves() {
  return (
    <div class="halves" role="group" aria-label="Energy by">
      {(['hour', 'day', 'month'] as const).map((step) => (
        <button key={step} class={energyShown.value === step ? 'is' : undefined} aria-pressed={energyShown.value === step} onClick={() => (energyShown.value = energyShown.value === step ? null : step)}>
          {step === 'hour' ? 'kWh by hour' : step}
        </button>
      ))}
    </div>
  );
}

export function EnergyTable({ id, name, range, step }: { id: string; name: string; range: Range; step: Step }) {
  const [rows, setRows] = useState<EnergyRow[] | null>(null);
  const [problem, setProblem] = useState('');
  const [from, to] = range.map((t) => Math.floor(t / 60_000) * 60_000) as [number, number];
  useEffect(() => {
    const ended = new AbortController();
    setProblem('');
    request<{ rows: EnergyRow[] }>(`/api/v1/measurements/energy${query({ plant: id, from: utc(from), to: utc(to + 60_000), by: step })}`, { signal: ended.signal })
      .then((a) => setRows(a.rows))
      .catch((error: unknown) => !ended.signal.aborted && setProblem(error instanceof Error ? error.message : 'Not known.'));
    return () => ended.abort();
  }, [id, from, to, step]);
  const z = zone.value;
  const when = (r: EnergyRow) => {
    const t = ms(r.from)!;
    return step === 'hour' ? z.dayClock(t) : step === 'day' ? z.day(t) : z.iso(t).slice(0, 7);
  };
  const known = (rows ?? []).filter((r) => r.discharged_kwh !== null || r.asked_kwh !== null);
  const sum = (key: 'discharged_kwh' | 'charged_kwh' | 'asked_kwh' | 'delivered_kwh' | 'missing_kwh') => known.reduce((n, r) => n + (r[key] ?? 0), 0);
  const cells = (r: Record<'discharged_kwh' | 'charged_kwh' | 'asked_kwh' | 'delivered_kwh' | 'missing_kwh', number | null>) =>
    (['discharged_kwh', 'charged_kwh', 'asked_kwh', 'delivered_kwh', 'missing_kwh'] as const).map((k) => (
      <td key={k} class="number">
        {fixed(r[k], 1)}
      </td>
    ));
  return (
    <div class="energytable" tabIndex={0} role="region" aria-label={`Energy of ${name} by the ${step}`}>
      {problem && <p class="problem">{problem}</p>}
      {rows && known.length === 0 && !problem && <p class="soft">Nothing was recorded in this range.</p>}
      {known.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">kWh</th>
              {['Discharged', 'Charged', 'Asked', 'Delivered', 'Missing'].map((h) => (
                <th key={h} scope="col" class="number">
                  {h}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {known.map((r) => (
              <tr key={r.from}>
                <th scope="row">{when(r)}</th>
                {cells(r)}
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">Sum</th>
              {cells({ discharged_kwh: sum('discharged_kwh'), charged_kwh: sum('charged_kwh'), asked_kwh: sum('asked_kwh'), delivered_kwh: sum('delivered_kwh'), missing_kwh: sum('missing_kwh') })}
            </tr>
          </tfoot>
        </table>
      )}
    </div>
  );
}
