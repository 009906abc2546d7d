// The reason of a dispatched value, at any instant.

import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { query, Refusal, request } from '../api/http';
import type { Why, WhySignal } from '../api/types';
import { fixed } from '../format/number';
import { ms, utc } from '../format/zone';
import { now, state, zone } from '../model/store';
import { stageInWords, stageStep } from '../model/stages';
import { takesQ } from '../model/reactive';
import { Info } from './icons';

interface Asked {
  plant: string;
  at: number;
  signal: 'p' | 'q' | 'both';
  x: number;
  y: number;
}
const asked = signal<Asked | null>(null);

export function ask(a: Asked): void {
  asked.value = a;
}

export function WhyButton({ plant, signal: s, value, disabled }: { plant: string; signal: 'p' | 'q'; value: string; disabled?: boolean }) {
  return (
    <button
      class="why"
      disabled={disabled}
      aria-label={`Why ${value}?`}
      title="Why this value?"
      onClick={(e) => {
        const box = e.currentTarget.getBoundingClientRect();
        ask({ plant, at: now() ?? Date.now(), signal: s, x: box.left, y: box.bottom + 6 });
      }}
    >
      <Info />
    </button>
  );
}

export function WhyPopover() {
  const a = asked.value;
  return a ? <Popover key={`${a.plant}${a.at}${a.signal}`} asked={a} /> : null;
}

const answer = signal<{ why: Why | null; problem: string | null }>({ why: null, problem: null });

function Popover({ asked: a }: { asked: Asked }) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    answer.value = { why: null, problem: null };
    const before = document.activeElement as HTMLElement | null;
    const pop = ref.current!;
    pop.showPopover();
    const width = pop.offsetWidth;
    pop.style.left = `${Math.max(12, Math.min(a.x, innerWidth - width - 12))}px`;
    pop.style.top = `${Math.max(12, Math.min(a.y, innerHeight - 230))}px`;
    pop.focus();
    const closed = (e: Event) => {
      if ((e as ToggleEvent).newState !== 'closed') return;
      asked.value = null;
      before?.focus?.();
    };
    pop.addEventListener('toggle', closed);
    const stop = new AbortController();
    request<Why>(`/api/v1/why${query({ plant: a.plant, at: utc(Math.round(a.at)) })}`, { signal: stop.signal })
      .then((why) => (answer.value = { why, problem: null }))
      .catch((error: unknown) => {
        if (!stop.signal.aborted) answer.value = { why: null, problem: error instanceof Refusal ? error.message : 'No answer.' };
      });
    return () => {
      stop.abort();
      pop.removeEventListener('toggle', closed);
    };
  }, []);
  const { why, problem } = answer.value;
  const plant = state.value?.plants[a.plant];
  const name = plant?.name ?? a.plant;
  const q = !plant || takesQ(plant);
  return (
    <div ref={ref} class="pop" popover="auto" tabIndex={-1} role="dialog" aria-label={`Why, ${name}`}>
      <h3>
        {name} at {zone.value.near(a.at, now() ?? a.at)}
      </h3>
      {!why && !problem && <p class="soft">Asking…</p>}
      {problem && <p class="soft">{problem}</p>}
      {why && (a.signal === 'p' || a.signal === 'both') && <Reason what="Active power" unit="kW" reason={why.p} at={a.at} />}
      {why && q && (a.signal === 'q' || a.signal === 'both') && <Reason what="Reactive power" unit="kvar" reason={why.q} at={a.at} />}
    </div>
  );
}

function Reason({ what, unit, reason, at }: { what: string; unit: string; reason: WhySignal | null; at: number }) {
  if (!reason) return <p class="soft">{what}: nothing was dispatched.</p>;
  const time = (t: string | null) => {
    const m = ms(t);
    return m === null ? null : zone.value.near(m, at);
  };
  const rows: [string, string | null][] = [
    ['Value', `${fixed(reason.value, 1)} ${unit}`],
    ...reason.stages.map((s): [string, string] => [stageInWords(s.stage), `${stageStep(s, unit)}: ${s.why}`]),
    ['Holds', [time(reason.since) && `from ${time(reason.since)}`, time(reason.until) && `to ${time(reason.until)}`].filter(Boolean).join(' ') || null],
    ['Written', time(reason.written_at)],
    ['Read back', time(reason.confirmed_at) ?? 'not confirmed'],
  ];
  return (
    <section aria-label={what}>
      <p>{`${what} ${fixed(reason.value, 1)} ${unit}`}</p>
      <dl>
        {rows.map(([k, v]) => v && [<dt key={k}>{k}</dt>, <dd key={`${k}v`}>{v}</dd>])}
      </dl>
    </section>
  );
}
