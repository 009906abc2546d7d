// One half of a control: filled it is what the service confirms, open it is what may be asked for. It is the same
// element in every state, so that the keyboard's place is kept when it turns from the one into the other.

import type { ComponentChildren } from 'preact';

export interface HalfProps {
  is: boolean;
  label: ComponentChildren;
  /** What is asked for, in full; what is confirmed is called by its label. */
  name?: string;
  act?: (() => void) | undefined;
  disabled?: boolean;
}

export function Half({ is, label, name, act, disabled }: HalfProps) {
  const idle = is || !act || disabled;
  return (
    <button class={is ? 'is' : undefined} aria-pressed={is} aria-disabled={idle ? true : undefined} aria-label={is ? undefined : name} title={is && typeof label === 'string' ? label : undefined} onClick={idle ? undefined : act}>
      {label}
    </button>
  );
}
