// What is shown stands in the address after #/page?, so that a link shows the same and a reload loses nothing.

import { signal } from '@preact/signals';

export const place = (hash: string): { path: string; params: URLSearchParams } => {
  const [path, query] = hash.replace(/^#\/?/, '').split('?');
  return { path: path ?? '', params: new URLSearchParams(query ?? '') };
};

/** The page that is shown. */
export const path = signal(place(location.hash).path);
/** Grows when somebody goes to another address, not when the page itself writes it. */
export const arrivals = signal(0);
addEventListener('hashchange', () => {
  path.value = place(location.hash).path;
  arrivals.value = arrivals.peek() + 1;
});

export const param = (name: string): string | null => place(location.hash).params.get(name);

/** Null takes a name out. No entry of the browser's history: going back leaves the page. */
export function setParams(page: string, fields: Record<string, string | null>): void {
  const now = place(location.hash);
  if (now.path !== page) return;
  for (const [name, value] of Object.entries(fields)) {
    if (value === null || value === '') now.params.delete(name);
    else now.params.set(name, value);
  }
  const text = now.params.toString().replace(/%3A/g, ':').replace(/%2C/g, ',');
  const next = `#/${page}${text ? `?${text}` : ''}`;
  if (next !== location.hash) history.replaceState(null, '', next);
}
