// Whether power lanes are as high as their limits or as what is in them: one choice for every page, kept.

import { signal } from '@preact/signals';

const key = 'hil-limits';
const read = () => {
  try {
    return localStorage.getItem(key) === 'shown';
  } catch {
    return false;
  }
};
export const showLimits = signal(read());
export function toggleLimits(): void {
  showLimits.value = !showLimits.peek();
  try {
    localStorage.setItem(key, showLimits.peek() ? 'shown' : 'data');
  } catch {
    // A browser that keeps nothing shows what was chosen until it is closed.
  }
}
