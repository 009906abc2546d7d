// The steps a value took on its way, as they are shown.

import type { WhyStage } from '../api/types';
import { fixed } from '../format/number';

const words: Record<string, string> = {
  layer: 'Source',
  limits: 'Limits',
  device_limit: 'Plant limit',
  allocation: 'Site',
  ramp: 'Ramp',
  safety: 'Safety',
  device: 'Plant',
};

/** "device_limit" → "Plant limit"; a stage that is not known here keeps its name. */
export function stageInWords(stage: string): string {
  const known = words[stage];
  if (known) return known;
  const plain = stage.replace(/_/g, ' ');
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

/** "150.0 → 100.0 kW"; where nothing changed or nothing was before, the value alone. */
export function stageStep(s: WhyStage, unit: string): string {
  const to = `${fixed(s.to, 1)} ${unit}`;
  return s.from === null || s.from === s.to ? to : `${fixed(s.from, 1)} → ${to}`;
}
