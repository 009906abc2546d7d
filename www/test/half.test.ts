import type { VNode } from 'preact';
import { describe, expect, it } from 'vitest';
import { Half, type HalfProps } from '../src/view/half';
import { Press } from '../src/view/press';

type Shown = VNode<Record<string, unknown>>;
const shown = (props: HalfProps) => Half(props) as unknown as Shown;

describe('one half of a control', () => {
  const act = () => {};
  it('is the same element in every state, and never loses the focus by being disabled', () => {
    const states = [
      shown({ is: false, label: 'Run', name: 'Run LIB', act }),
      shown({ is: false, label: 'Run', name: 'Run LIB', act, disabled: true }),
      shown({ is: true, label: 'Starting' }),
      shown({ is: true, label: 'Running', name: 'Run LIB', act }),
    ];
    expect(states.map((s) => s.type)).toEqual(['button', 'button', 'button', 'button']);
    expect(states.map((s) => s.props['disabled'])).toEqual([undefined, undefined, undefined, undefined]);
    expect(states.map((s) => s.props['aria-pressed'])).toEqual([false, false, true, true]);
  });
  it('does something only where it may be asked for', () => {
    expect(shown({ is: false, label: 'Run', act }).props['onClick']).toBe(act);
    for (const props of [{ is: true, label: 'Running', act }, { is: false, label: 'Run', act, disabled: true }, { is: false, label: 'Run' }]) {
      expect(shown(props).props['onClick']).toBeUndefined();
      expect(shown(props).props['aria-disabled']).toBe(true);
    }
  });
  it('is called by what it asks for, or by what it is', () => {
    expect(shown({ is: false, label: 'Run', name: 'Run LIB', act }).props['aria-label']).toBe('Run LIB');
    expect(shown({ is: true, label: 'Running', name: 'Run LIB', act }).props['aria-label']).toBeUndefined();
  });
});

describe('a button that is out of use for a while', () => {
  it('does nothing and is not disabled, so that it keeps the focus', () => {
    const act = () => {};
    const [on, off] = [false, true].map((o) => Press({ class: 'button', off: o, act }) as unknown as Shown);
    expect([on!.props['onClick'], on!.props['aria-disabled']]).toEqual([act, undefined]);
    expect([off!.props['onClick'], off!.props['aria-disabled'], off!.props['disabled']]).toEqual([undefined, true, undefined]);
  });
});
