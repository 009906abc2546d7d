// The tokens of the style sheet, for the canvas.

const names = [
  'surface', 'inset', 'line', 'edge', 'ink', 'ink-2', 'ink-3', 'on', 'p', 'p-soft', 'p-wash', 'soc', 'soc-soft', 'q', 'q-soft',
  'v', 'v-soft', 'high', 'high-wash', 'med', 'hatch', 'ghost', 'grid', 'base',
] as const;
export type ColourName = (typeof names)[number];
export type Palette = Record<ColourName, string>;

let current: Palette | null = null;
const listeners = new Set<() => void>();

export function palette(): Palette {
  if (!current) {
    const style = getComputedStyle(document.documentElement);
    current = Object.fromEntries(names.map((n) => [n, style.getPropertyValue(`--${n}`).trim()])) as Palette;
  }
  return current;
}

/** To be called when the theme changed. */
export function paletteChanged(): void {
  current = null;
  hatches.clear();
  for (const l of listeners) l();
}
export function onPalette(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const hatches = new Map<string, CanvasPattern>();
/** Diagonal lines, 6 CSS pixels apart. */
export function hatch(ctx: CanvasRenderingContext2D, colour: string): CanvasPattern | string {
  const ratio = Math.max(1, Math.round(devicePixelRatio));
  const key = `${colour}@${ratio}`;
  const known = hatches.get(key);
  if (known) return known;
  const size = 6 * ratio;
  const tile = document.createElement('canvas');
  tile.width = tile.height = size;
  const c = tile.getContext('2d')!;
  c.strokeStyle = colour;
  c.lineWidth = ratio;
  c.beginPath();
  for (const k of [-1, 0, 1]) {
    c.moveTo(k * size - 1, size + 1);
    c.lineTo((k + 1) * size + 1, -1);
  }
  c.stroke();
  const pattern = ctx.createPattern(tile, 'repeat');
  if (!pattern) return colour;
  hatches.set(key, pattern);
  return pattern;
}
