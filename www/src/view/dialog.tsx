// One confirmation at a time; the verb is on the button, the consequence in numbers above it.

import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Consequence } from '../model/consequence';

const asked = signal<{ what: Consequence; answer: (yes: boolean) => void } | null>(null);

export function confirm(what: Consequence): Promise<boolean> {
  asked.peek()?.answer(false);
  return new Promise((resolve) => {
    asked.value = {
      what,
      answer: (yes) => {
        asked.value = null;
        resolve(yes);
      },
    };
  });
}

export function Confirmation() {
  const a = asked.value;
  if (!a) return null;
  return (
    <Dialog label={a.what.title} close={() => a.answer(false)} key={a.what.title}>
      <h2>{a.what.title}</h2>
      {a.what.text.map((t) => (
        <p key={t} class="soft">
          <Bold text={t} />
        </p>
      ))}
      <div class="actions">
        <button class="button" onClick={() => a.answer(false)}>
          Cancel
        </button>
        <button class="button primary" onClick={() => a.answer(true)}>
          {a.what.verb}
        </button>
      </div>
    </Dialog>
  );
}

/** Figures between ** are bold. */
export function Bold({ text }: { text: string }) {
  return <>{text.split('**').map((part, i) => (i % 2 ? <b key={i} class="ink nowrap">{part}</b> : part))}</>;
}

function inside(e: MouseEvent, what: HTMLElement): boolean {
  const box = what.getBoundingClientRect();
  return e.clientX >= box.left && e.clientX <= box.right && e.clientY >= box.top && e.clientY <= box.bottom;
}

export function Dialog({ label, close, children, wide }: { label: string; close: () => void; children: ComponentChildren; wide?: boolean }) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const dialog = ref.current!;
    dialog.showModal();
    return () => {
      if (dialog.open) dialog.close();
      before?.focus?.();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      class={wide ? 'wide' : undefined}
      aria-label={label}
      onCancel={(e) => {
        e.preventDefault();
        close();
      }}
      onClick={(e) => {
        if (!ref.current || e.target !== ref.current || inside(e, ref.current)) return;
        close();
        // The emergency stop is in reach under a dialog, too.
        const stop = [...document.querySelectorAll<HTMLElement>('button.estop')].find((b) => inside(e, b));
        stop?.click();
      }}
    >
      {children}
    </dialog>
  );
}
