// Keeps the keyboard's place where one element takes that of another: the emergency stop that becomes the latched
// one, or is drawn anew with the band around it. Without it the focus falls back to the page.

import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

/** Names whose holder went away with the focus, until the next one of that name takes it. */
const carried = new Set<string>();

const hasFocus = (box: HTMLElement | null) => box?.contains(document.activeElement) ?? false;

/** `shown` says which element it is; the one with `data-keeps-focus` gets the focus. */
export function useKeptFocus(name: string, shown: unknown): RefObject<HTMLDivElement> {
  const box = useRef<HTMLDivElement>(null);
  // While this is drawn the old element is still there.
  const had = hasFocus(box.current);
  const take = () => !hasFocus(box.current) && box.current?.querySelector<HTMLElement>('[data-keeps-focus]')?.focus({ preventScroll: true });
  useLayoutEffect(() => {
    if (had) take();
  }, [shown]);
  useLayoutEffect(() => {
    if (carried.delete(name)) take();
    return () => {
      if (!hasFocus(box.current)) return;
      carried.add(name);
      setTimeout(() => carried.delete(name));
    };
  }, []);
  return box;
}
