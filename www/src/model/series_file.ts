// A series as the file the service reads back: the last row, without a value, is its end.

import type { Zone } from '../format/zone';
import type { Draft } from './draft';

export function seriesFile(draft: Draft, column: string, zone: Zone): string {
  const rows = draft.rows.map((r) => `${zone.iso(r.t)},${Number.isNaN(r.v) ? 'end' : r.v}`);
  return [`timestamp,${column}`, ...rows, `${zone.iso(draft.end)},`].join('\n') + '\n';
}
