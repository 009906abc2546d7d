// The two steps of the emergency stop: the first press arms it for a few seconds, the second fires. A double click
// on the tile is one press; a key that is pressed twice is meant.

import { signal } from '@preact/signals';

export const armedForMs = 5000;
export const sameClickMs = 400;

export interface ArmingWorld {
  now(): number;
  after(ms: number, what: () => void): () => void;
  /** Aloud: that it is armed and that it is no more, never the seconds between. */
  say(what: 'armed' | 'disarmed'): void;
}

export class Arming {
  /** When it was armed, by the world's clock; null when it is not. */
  readonly armedAt = signal<number | null>(null);
  private cancelTimer: () => void = () => {};

  constructor(
    private readonly world: ArmingWorld,
    private readonly fire: () => void,
  ) {}

  press(by: 'key' | 'tile'): void {
    const armed = this.armedAt.peek();
    if (armed === null) {
      this.armedAt.value = this.world.now();
      this.world.say('armed');
      this.cancelTimer = this.world.after(armedForMs, () => this.disarm());
      return;
    }
    if (by === 'tile' && this.world.now() - armed < sameClickMs) return;
    this.end();
    this.fire();
  }

  disarm(): void {
    if (this.armedAt.peek() === null) return;
    this.end();
    this.world.say('disarmed');
  }

  private end(): void {
    this.cancelTimer();
    this.armedAt.value = null;
  }

  /** Whole seconds until it is disarmed, at least one. */
  left(): number {
    const armed = this.armedAt.value;
    return armed === null ? 0 : Math.max(1, Math.ceil((armedForMs - (this.world.now() - armed)) / 1000));
  }
}

/** A held key presses a button again and again: only its first press counts. */
export function ignoreHeldKey(e: KeyboardEvent): void {
  if (e.repeat && (e.key === 'Enter' || e.key === ' ')) e.preventDefault();
}
