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
}

/** The answer's JSON; undefined for an empty one. Throws a Refusal. */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(path, options);
  if (response.status === 204) return undefined as T;
  try {
    return (await response.json()) as T;
  } catch {
    throw new Refusal(response.status, null, 'The answer is not readable.');
  }
}

export async function send(path: string, options: RequestOptions = {}): Promise<Response> {
  const limit = AbortSignal.timeout(options.timeoutMs ?? 15_000);
  const init: RequestInit = {
    method: options.method ?? 'GET',
    credentials: 'same-origin',
    cache: 'no-store',
    signal: options.signal ? either(options.signal, limit) : limit,
  };
  if (options.body !== undefined) {
    const raw = typeof options.body === 'string' || options.body instanceof Blob;
    init.body = raw ? (options.body as BodyInit) : JSON.stringify(options.body);
    init.headers = { 'Content-Type': options.contentType ?? 'application/json' };
  }
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (options.signal?.aborted) throw error;
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

function either(a: AbortSignal, b: AbortSignal): AbortSignal {
  const both = new AbortController();
  for (const signal of [a, b]) {
    if (signal.aborted) both.abort();
    else signal.addEventListener('abort', () => both.abort(), { once: true });
  }
  return both.signal;
}

export const query = (fields: Record<string, string | number | null | undefined>) => {
  const set = Object.entries(fields).filter(([, v]) => v !== null && v !== undefined && v !== '');
  return set.length ? `?${set.map(([k, v]) => `${k}=${encodeURIComponent(String(v))}`).join('&')}` : '';
};
