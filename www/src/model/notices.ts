// What the page says by itself. What went wrong stays until it is dismissed: only the newest two, but never at the
// cost of what is pinned. What went well is said in the footer for a moment.

import { signal } from '@preact/signals';

export interface Notice {
  id: number;
  text: string;
  /** Stays until it is dismissed, whatever else is said. */
  pinned: boolean;
  /** Of one subject only the newest is shown. */
  about: string;
}

export const notices = signal<Notice[]>([]);
export const said = signal<{ id: number; text: string } | null>(null);

const mostLoose = 2;
const saidForMs = 8000;
let lastId = 0;

export function notice(text: string, bad: boolean, { pinned = false, about = text } = {}): void {
  const id = ++lastId;
  if (bad) {
    const others = notices.peek().filter((n) => n.about !== about);
    const loose = others.filter((n) => !n.pinned).slice(pinned ? -mostLoose : 1 - mostLoose);
    notices.value = [...others.filter((n) => n.pinned || loose.includes(n)), { id, text, pinned, about }];
    return;
  }
  said.value = { id, text };
  setTimeout(() => {
    if (said.peek()?.id === id) said.value = null;
  }, saidForMs);
}

export function dismiss(id: number): void {
  notices.value = notices.peek().filter((n) => n.id !== id);
}
