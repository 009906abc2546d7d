// Prices that the service was given, for what stands under a plan. Where there are none, nothing is shown.

import { signal } from '@preact/signals';
import { request } from '../api/http';
import type { Effective, Prices } from '../api/types';

export interface PricedSpan {
  from: number;
  to: number;
  /** Per MWh. */
  price: number;
}
export interface PriceList {
  /** "EUR/MWh", or what the file says. */
  unit: string;
  /** "EUR", for what a plan is worth. */
  money: string;
  madeFrom: string;
  spans: PricedSpan[];
}

export const prices = signal<PriceList | null>(null);

/** Null where there is not one. */
export function priceList(answer: Prices): PriceList | null {
  if (answer.rows.length === 0) return null;
  const money = /^\s*([^/\s]+)\s*\/\s*[kM]?Wh\s*$/i.exec(answer.unit ?? '')?.[1] ?? 'EUR';
  return { unit: `${money}/MWh`, money, madeFrom: answer.made_from ?? '', spans: answer.rows.map((r) => ({ from: Date.parse(r.from), to: Date.parse(r.to), price: r.price })) };
}

/** A service that knows no prices answers 404. */
export async function loadPrices(): Promise<void> {
  try {
    prices.value = priceList(await request<Prices>('/api/v1/prices'));
  } catch {
    prices.value = null;
  }
}

/** The same file that a plan was made from. */
export async function givePrices(file: File, choice: Record<string, string>): Promise<void> {
  const workbook = /\.xlsx$/i.test(file.name);
  const query = new URLSearchParams(choice).toString();
  const contentType = workbook ? 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' : 'text/csv';
  prices.value = priceList(await request<Prices>(`/api/v1/prices${query ? `?${query}` : ''}`, { method: 'PUT', body: file, contentType, timeoutMs: 60_000 }));
}

export function priceAt(list: PriceList, t: number): number | null {
  return list.spans.find((s) => t >= s.from && t < s.to)?.price ?? null;
}

/** The corners of a line that has holes where nothing is known. */
export function priceLine(list: PriceList, from: number, to: number): { t: number; v: number | null }[] {
  const out: { t: number; v: number | null }[] = [];
  for (const s of list.spans) {
    if (s.to <= from || s.from >= to) continue;
    // Where the next one begins as one ends, that is no hole.
    if (out.at(-1)?.t === s.from) out.pop();
    out.push({ t: Math.max(s.from, from), v: s.price });
    out.push({ t: Math.min(s.to, to), v: null });
  }
  return out;
}

/** What the plan earns at these prices, in their money; null where one of its moments of power has no price. */
export function worth(list: PriceList, effective: Effective | null): number | null {
  if (!effective) return null;
  let sum = 0;
  for (const s of effective.segments) {
    const kw = s.p.value ?? 0;
    if (kw === 0) continue;
    const from = Date.parse(s.from);
    const to = Date.parse(s.to);
    let covered = 0;
    for (const p of list.spans) {
      const length = Math.min(to, p.to) - Math.max(from, p.from);
      if (length <= 0) continue;
      covered += length;
      sum += (((kw * length) / 3_600_000) * p.price) / 1000;
    }
    if (covered < to - from - 1000) return null;
  }
  return sum;
}
