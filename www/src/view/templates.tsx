// Ready-made shapes that the service knows how to make. Only those it names are offered.

import { useState } from 'preact/hooks';
import { request } from '../api/http';
import type { Steps } from '../api/types';
import { parseNumber } from '../format/number';
import { utc } from '../format/zone';
import { fromSteps, type Draft } from '../model/draft';
import { explain } from '../model/editor';
import { now, zone } from '../model/store';
import { Dialog } from './dialog';

const shapes: Record<string, string> = {
  constant: 'M3 8h26',
  square: 'M3 13h6V4h7v9h7V4h6',
  ramp: 'M3 13h7l12-9h7',
  sine: 'M3 8c4-8 8-8 13 0s9 8 13 0',
  peak_shaving: 'M3 13c6-1 8-8 10-8h6c2 0 4 7 10 8',
  arbitrage: 'M3 9h6v4h5V4h5v9h4V8h6',
  capacity_test: 'M3 4h5l8 9 8-9h5',
  efficiency_test: 'M3 13h4V4h5v9h4V4h5v9h4V4h4',
};
const inputs: Record<string, [name: string, label: string, otherwise: (max: number) => string][]> = {
  constant: [['value', 'Setpoint', (m) => String(m / 2)], ['duration_s', 'Duration, s', () => '3600']],
  square: [['high', 'High', (m) => String(m / 2)], ['low', 'Low', (m) => String(-m / 2)], ['period_s', 'Period, s', () => '3600'], ['duration_s', 'Duration, s', () => '14400']],
  ramp: [['first', 'From', () => '0'], ['last', 'To', (m) => String(m / 2)], ['step_s', 'Step, s', () => '60'], ['duration_s', 'Duration, s', () => '3600']],
  sine: [['amplitude', 'Amplitude', (m) => String(m / 2)], ['period_s', 'Period, s', () => '7200'], ['step_s', 'Step, s', () => '60'], ['duration_s', 'Duration, s', () => '14400']],
};

export function TemplateBar({ templates, series, start, max, insert }: { templates: string[]; series: string; start: number; max: number; insert: (d: Draft) => void }) {
  const [chosen, choose] = useState<string | null>(null);
  return (
    <div class="templates">
      <p class="small soft">Insert at {zone.value.near(start, now() ?? start)}</p>
      <div>
        {templates.map((t) => (
          <button key={t} class="template" onClick={() => choose(t)}>
            <svg width="32" height="17" viewBox="0 0 32 17" aria-hidden="true">
              <path d={shapes[t] ?? 'M3 8h26'} fill="none" stroke="currentColor" stroke-width="1.6" />
            </svg>
            {name(t)}
          </button>
        ))}
      </div>
      {chosen && <TemplateDialog template={chosen} series={series} start={start} max={max} close={() => choose(null)} insert={insert} />}
    </div>
  );
}

const name = (t: string) => t.charAt(0).toUpperCase() + t.slice(1).replace(/_/g, ' ');

function TemplateDialog({ template, series, start, max, close, insert }: { template: string; series: string; start: number; max: number; close: () => void; insert: (d: Draft) => void }) {
  const [problem, setProblem] = useState('');
  const fields = inputs[template] ?? [];
  const submit = async (e: SubmitEvent) => {
    e.preventDefault();
    const form = new FormData(e.currentTarget as HTMLFormElement);
    const body: Record<string, unknown> = { template, series, from: utc(start) };
    for (const [key, label] of fields) {
      const v = parseNumber(String(form.get(key)));
      if (v === null) {
        setProblem(`${label} must be a number.`);
        return;
      }
      body[key] = v;
    }
    try {
      insert(fromSteps(await request<Steps>('/api/v1/schedules/template', { method: 'POST', body })));
      close();
    } catch (error) {
      setProblem(explain(error));
    }
  };
  return (
    <Dialog label={name(template)} close={close}>
      <form onSubmit={(e) => void submit(e)}>
        <h2>{name(template)}</h2>
        {problem && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <div class="formgrid">
          {fields.map(([key, label, otherwise]) => (
            <label key={key} class="stack">
              {label}
              <input class="field" name={key} defaultValue={otherwise(max)} />
            </label>
          ))}
        </div>
        <div class="actions">
          <button type="button" class="button" onClick={close}>
            Cancel
          </button>
          <button class="button primary">Insert {name(template).toLowerCase()}</button>
        </div>
      </form>
    </Dialog>
  );
}
