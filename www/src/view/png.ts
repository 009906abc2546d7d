// What is seen on the History page as one picture.

import { palette } from '../chart/palette';

export async function exportPng(name: string, title: string): Promise<void> {
  const panels = [...document.querySelectorAll<HTMLElement>('.past')];
  if (panels.length === 0) return;
  const ratio = devicePixelRatio;
  const colours = palette();
  const pad = 16;
  const head = 44;
  const width = panels.reduce((w, p) => w + p.clientWidth, 0) + pad * 2;
  const height = Math.max(...panels.map((p) => p.clientHeight)) + head + pad;
  const canvas = document.createElement('canvas');
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const c = canvas.getContext('2d')!;
  c.scale(ratio, ratio);
  c.fillStyle = colours.surface;
  c.fillRect(0, 0, width, height);
  c.textBaseline = 'top';
  text(c, title, pad, 14, 15, 600, colours.ink);
  let left = pad;
  for (const panel of panels) {
    const origin = panel.getBoundingClientRect();
    for (const part of panel.querySelectorAll<HTMLElement>('h2, dt, dd, .lanetitle, .timeaxis span')) {
      const box = part.getBoundingClientRect();
      const style = getComputedStyle(part);
      text(c, part.innerText.replace(/\s+/g, ' ').trim(), left + box.left - origin.left, head + box.top - origin.top, Number.parseFloat(style.fontSize), Number(style.fontWeight), style.color);
    }
    for (const plot of panel.querySelectorAll('canvas')) {
      const box = plot.getBoundingClientRect();
      c.drawImage(plot, left + box.left - origin.left, head + box.top - origin.top, box.width, box.height);
    }
    left += panel.clientWidth;
  }
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (!blob) return;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function text(c: CanvasRenderingContext2D, what: string, x: number, y: number, size: number, weight: number, colour: string): void {
  c.font = `${weight} ${size}px "Source Sans 3 Variable", system-ui, sans-serif`;
  c.fillStyle = colour;
  c.fillText(what, x, y);
}
