// Ready-made shapes that the service knows how to make. Only those it names are offered.

import { signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { request } from '../api/http';
import type { Template, TemplateSteps } from '../api/types';
import { parseNumber } from '../format/number';
import { parseTime, utc } from '../format/zone';
import { fromSteps, type Draft } from '../model/draft';
import { explain } from '../model/editor';
import { shortfall } from '../model/gap';
import { notice } from '../model/notices';
import { givePrices } from '../model/prices';
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
export const templates = signal<Template[]>([]);
/** A service that knows none answers 404, and nothing is offered. */
export async function loadTemplates(): Promise<void> {
  try {
    templates.value = (await request<{ templates: Template[] }>('/api/v1/schedules/templates')).templates;
  } catch {
    templates.value = [];
  }
}

interface Props {
  series: string;
  start: number;
  max: number;
  insert: (d: Draft) => void;
}

export function TemplateBar(props: Props) {
  const [chosen, choose] = useState<Template | null>(null);
  return (
    <div class="templates">
      <p class="small soft">Insert at {zone.value.near(props.start, now() ?? props.start)}</p>
      <div>
        {templates.value.map((t) => (
          <button key={t.name} class="template" onClick={() => choose(t)} title={t.text}>
            <svg width="32" height="17" viewBox="0 0 32 17" aria-hidden="true">
              <path d={shapes[t.name] ?? 'M3 8h26'} fill="none" stroke="currentColor" stroke-width="1.6" />
            </svg>
            {words(t.name)}
          </button>
        ))}
      </div>
      {chosen && <TemplateDialog {...props} template={chosen} close={() => choose(null)} />}
    </div>
  );
}

/** A file as it is: a workbook, or a text in whatever letters. */
async function base64(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = '';
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}

const lengthOfTime = /^(\d+(\.\d+)?(ms|s|m|h|d))+$/;

const words = (t: string) => (t.charAt(0).toUpperCase() + t.slice(1).replace(/_/g, ' ')).replace(/\bsoc\b/i, 'SoC');

function TemplateDialog({ template, series, start, max, close, insert }: Props & { template: Template; close: () => void }) {
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const z = zone.value;
  const text = (t: number) => `${z.iso(t).slice(0, 10)} ${z.clockSeconds(t)}`;
  // A level has no value of its own: half of what the plant can do is a beginning.
  const first = (p: Template['parameters'][number]) => (p.default !== null ? String(p.default) : /^(level|to|amplitude)_kw$/.test(p.name) ? String(max / 2) : '');
  const submit = async (e: SubmitEvent) => {
    e.preventDefault();
    const form = new FormData(e.currentTarget as HTMLFormElement);
    const from = parseTime(String(form.get('from')), z, start);
    const to = parseTime(String(form.get('to')), z, start);
    if (from === null || to === null) return setProblem('From and to must be times.');
    const parameters: Record<string, number | string> = {};
    for (const p of template.parameters) {
      const typed = String(form.get(p.name) ?? '').trim();
      if (typed === '') continue;
      // A length of time may have its units: the service reads it.
      const v = p.unit === 's' && lengthOfTime.test(typed) ? typed : parseNumber(typed);
      if (v === null) return setProblem(`${words(p.name)}: "${typed}" is no number${p.unit === 's' ? ' and no time as 30s or 1h30m' : ''}.`);
      parameters[p.name] = v;
    }
    const column = String(form.get('column') ?? '').trim();
    const auction = String(form.get('auction') ?? '').trim();
    const order = String(form.get('order') ?? '');
    const typedScale = String(form.get('scale') ?? '').trim();
    const scale = typedScale === '' ? 1 : parseNumber(typedScale);
    if (scale === null || scale <= 0) return setProblem(`Scale: "${typedScale}" is no number above 0.`);
    const file = form.get('values');
    setBusy(true);
    try {
      const body = { template: template.name, series, from: utc(from), to: utc(to), parameters, ...(file instanceof File && file.size ? { values_base64: await base64(file), scale, ...(column ? { column } : {}), ...(auction ? { auction } : {}), ...(order ? { day_first: order === 'day' } : {}) } : {}) };
      const made = await request<TemplateSteps>('/api/v1/schedules/template', { method: 'POST', body, timeoutMs: 60_000 });
      insert(fromSteps(made));
      // What a plan was made from is shown under it, to everybody.
      if (template.name === 'arbitrage' && file instanceof File && file.size)
        await givePrices(file, { ...(column ? { column } : {}), ...(auction ? { auction } : {}), ...(order ? { day_first: String(order === 'day') } : {}), ...(scale !== 1 ? { scale: String(scale) } : {}) }).catch((error: unknown) => notice(`The prices are not shown under the plan: ${explain(error)}`, true));
      if (made.made_from || made.notes?.length) notice([made.made_from ? `Made from ${made.made_from}.` : '', ...(made.notes ?? [])].filter(Boolean).join(' '), false);
      const short = shortfall(made.facts ?? {});
      if (short) notice(`${words(template.name)}: ${short}`, false);
      close();
    } catch (error) {
      setProblem(explain(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog label={words(template.name)} close={close}>
      <form onSubmit={(e) => void submit(e)}>
        <h2>{words(template.name)}</h2>
        <p class="soft">{template.text.charAt(0).toUpperCase() + template.text.slice(1)}.</p>
        {problem && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <div class="formgrid">
          <label class="stack">
            From
            <input class="field" name="from" defaultValue={text(start)} />
          </label>
          <label class="stack">
            To
            <input class="field" name="to" defaultValue={text(start + (/test|shaving|arbitrage/.test(template.name) ? 24 : 4) * 3_600_000)} />
          </label>
          {template.parameters.map((p) => (
            <label key={p.name} class="stack" title={p.text}>
              {words(p.name.replace(/_(kw|s|pu|kwh)$/, ''))}
              {p.unit === 'pu' ? ', 0 to 1' : p.unit !== '1' ? `, ${p.unit}` : ''}
              <input class="field" name={p.name} defaultValue={first(p)} placeholder={p.text} inputMode="decimal" />
            </label>
          ))}
          {template.needs_values && (
            <>
              <label class="stack">
                Load or price file
                <input class="field" type="file" name="values" required />
              </label>
              <label class="stack" title="Which column has the values, in a file that has several.">
                Column
                <input class="field" name="column" placeholder="the only one" />
              </label>
              <label class="stack" title="Which auction, sequence or area, in a file that has several.">
                Auction
                <input class="field" name="auction" placeholder="the only one" />
              </label>
              <label class="stack" title="Of dates as 05/06/2026, where the file itself does not tell.">
                Dates
                <select class="field" name="order">
                  <option value="">as the file tells</option>
                  <option value="day">day first</option>
                  <option value="month">month first</option>
                </select>
              </label>
              <label class="stack" title="Every value times this: 0.001 for a load in W.">
                Scale
                <input class="field" name="scale" placeholder="1" inputMode="decimal" />
              </label>
            </>
          )}
        </div>
        {busy && template.needs_values && (
          <p class="soft" role="status">
            Looking for the best plan. After 10 s the best one found counts.
          </p>
        )}
        <div class="actions">
          <button type="button" class="button" onClick={close}>
            Cancel
          </button>
          <button class="button primary" disabled={busy}>
            Insert {words(template.name).toLowerCase()}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
