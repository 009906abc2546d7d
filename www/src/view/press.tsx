// A button that may be out of use for a while without losing the keyboard's place, as a disabled one would.

import type { ComponentChildren } from 'preact';

export interface PressProps {
  class: string;
  off: boolean;
  act: () => void;
  name?: string;
  title?: string;
  children?: ComponentChildren;
}

export function Press({ class: look, off, act, name, title, children }: PressProps) {
  return (
    <button class={look} aria-disabled={off ? true : undefined} aria-label={name} title={title} onClick={off ? undefined : act}>
      {children}
    </button>
  );
}
