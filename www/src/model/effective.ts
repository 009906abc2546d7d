// What lies ahead, asked of the service: again when the plan changed, the connection came back, or time went on.

import { effect, signal } from '@preact/signals';
import { query, request } from '../api/http';
import type { Effective } from '../api/types';
import { utc } from '../format/zone';
import { connected, connections, now, state, zone } from './store';

export const effectives = signal<Record<string, Effective>>({});

/** Local today and tomorrow. */
export function twoDays(t: number): [number, number] {
  return [zone.peek().dayStart(t), zone.peek().addDays(t, 2)];
}

const asked = new Map<string, { key: string; at: number; serviceTime: number; running: boolean }>();

/** Wall time between two questions for the same plan, and service time after which it is worth one. */
const leastWallMs = 4000;
const worthMs = 300_000;

async function ask(plant: string, key: string, from: number, to: number, serviceTime: number): Promise<void> {
  const entry = { key, at: performance.now(), serviceTime, running: true };
  asked.set(plant, entry);
  try {
    const answer = await request<Effective>(`/api/v1/schedules/effective${query({ plant, from: utc(from), to: utc(to) })}`);
    if (asked.get(plant) === entry) effectives.value = { ...effectives.peek(), [plant]: answer };
  } catch {
    // Shown as nothing ahead; asked again when time has passed.
    entry.key = '';
  } finally {
    entry.running = false;
  }
}

/** Keeps every plant's answer fresh. */
export function followPlans(): () => void {
  return effect(() => {
    const s = state.value;
    const t = now();
    if (!s || t === null || !connected.value) return;
    const [from, to] = twoDays(t);
    for (const [id, plant] of Object.entries(s.plants)) {
      const key = `${s.transport_mode}|${s.active_schedule_source}|${plant.plan_revision}|${from}|${connections.value}`;
      const last = asked.get(id);
      if (last?.running) continue;
      const waited = last ? performance.now() - last.at : Infinity;
      if (last?.key === key && (t - last.serviceTime < worthMs || waited < leastWallMs)) continue;
      if (last && last.key === '' && waited < leastWallMs) continue;
      void ask(id, key, from, to, t);
    }
  });
}
