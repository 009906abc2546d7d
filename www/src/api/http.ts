// Requests to the service. Every answer is a value or a refusal with the service's own words.

import type { Problem } from './types';

export class Refusal extends Error {
  constructor(
    /** 0: it was not reached, or did not answer in time. */
    readonly status: number,
    readonly problem: Problem | null,
    message: string,
  ) {
    super(message);
  }
}

export interface RequestOptions {
  method?: string;
  body?: unknown;
  contentType?: string;
  timeoutMs?: number;
  signal?: AbortSignal;
  /** May be broken off for what is urgent; unless it says otherwise every GET may. */
  mayWait?: boolean;
}

/** The address of the service under which this page is shown: a proxy may show it below a path. */
export const base = typeof location === 'undefined' ? '/' : new URL('.', location.href).pathname;

/** An address of the service: `/api/v1/status` as the browser must ask for it. */
export const address = (path: string) => base + path.slice(1);

/** Questions under way. A browser has few connections to one host, and what is urgent must not wait for them. */
const asking = new Set<AbortController>();

/** Breaks off every question, never a change. */
export function makeWay(): void {
  for (const question of asking) question.abort();
  asking.clear();
}

/** The answer's JSON; undefined for an empty one. Throws a Refusal. */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  return exchange(path, options, async (response) => {
    if (response.status === 204) return undefined as T;
    try {
      return (await response.json()) as T;
    } catch {
      throw new Refusal(response.status, null, 'The answer is not readable.');
    }
  });
}

export async function requestText(path: string, options: RequestOptions = {}): Promise<string> {
  return exchange(path, options, (response) => response.text());
}

async function exchange<T>(path: string, options: RequestOptions, read: (response: Response) => Promise<T>): Promise<T> {
  const question = new AbortController();
  if (options.mayWait ?? (options.method ?? 'GET') === 'GET') asking.add(question);
  try {
    return await read(await send(path, options, question.signal));
  } finally {
    asking.delete(question);
  }
}

async function send(path: string, options: RequestOptions, brokenOff: AbortSignal): Promise<Response> {
  const limit = AbortSignal.timeout(options.timeoutMs ?? 15_000);
  const init: RequestInit = {
    method: options.method ?? 'GET',
    credentials: 'same-origin',
    cache: 'no-store',
    signal: anyOf([brokenOff, limit, ...(options.signal ? [options.signal] : [])]),
  };
  if (options.body !== undefined) {
    const raw = typeof options.body === 'string' || options.body instanceof Blob;
    init.body = raw ? (options.body as BodyInit) : JSON.stringify(options.body);
    init.headers = { 'Content-Type': options.contentType ?? 'application/json' };
  }
  let response: Response;
  try {
    response = await fetch(address(path), init);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    if (brokenOff.aborted) throw new Refusal(0, null, 'The question was broken off for the emergency stop.');
    throw new Refusal(0, null, limit.aborted ? 'The service did not answer in time.' : 'The service was not reached.');
  }
  if (response.ok) return response;
  const problem = await problemOf(response);
  throw new Refusal(response.status, problem, problem?.detail || problem?.title || `The service answered ${response.status}.`);
}

async function problemOf(response: Response): Promise<Problem | null> {
  try {
    const body = (await response.json()) as Problem;
    return typeof body === 'object' && body !== null && 'title' in body ? body : null;
  } catch {
    return null;
  }
}

function anyOf(signals: AbortSignal[]): AbortSignal {
  const any = new AbortController();
  for (const signal of signals) {
    if (signal.aborted) any.abort();
    else signal.addEventListener('abort', () => any.abort(), { once: true });
  }
  return any.signal;
}

export const query = (fields: Record<string, string | number | null | undefined>) => {
  const set = Object.entries(fields).filter(([, v]) => v !== null && v !== undefined && v !== '');
  return set.length ? `?${set.map(([k, v]) => `${k}=${encodeURIComponent(String(v))}`).join('&')}` : '';
};
