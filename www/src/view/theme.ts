// Light or dark: as the system says until somebody chooses.

import { signal } from '@preact/signals';
import { paletteChanged } from '../chart/palette';

const dark = matchMedia('(prefers-color-scheme: dark)');
const stored = (): string | null => {
  try {
    return localStorage.getItem('theme');
  } catch {
    return null;
  }
};
export const theme = signal<'light' | 'dark'>('light');

function apply(): void {
  const chosen = stored();
  theme.value = chosen === 'dark' || chosen === 'light' ? chosen : dark.matches ? 'dark' : 'light';
  document.documentElement.dataset['theme'] = theme.value;
  paletteChanged();
}
export function toggleTheme(): void {
  try {
    localStorage.setItem('theme', theme.value === 'dark' ? 'light' : 'dark');
  } catch {
    // Private windows may refuse: the choice then lasts until the page is closed.
  }
  const next = theme.peek() === 'dark' ? 'light' : 'dark';
  theme.value = next;
  document.documentElement.dataset['theme'] = next;
  paletteChanged();
}
apply();
dark.addEventListener('change', apply);
