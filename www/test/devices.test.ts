import { describe, expect, test } from 'vitest';
import type { DeviceState } from '../src/api/types';
import { figures, trouble } from '../src/model/devices';

const meter = (over: Partial<DeviceState> = {}): DeviceState => ({
  name: 'Grid meter',
  kind: 'meter',
  link: { status: 'ok', age_s: 0.1, consecutive_failures: 0, last_error: null, rtt_ms: 1 },
  recording: { on: true, file: '20260601_grid.csv' },
  columns: [
    { name: 'p_kw', quantity: 'active_power', unit: 'kW' },
    { name: 'voltage_v', quantity: 'voltage', unit: 'V' },
  ],
  latest: { timestamp: '2026-06-01T10:00:00Z', p_kw: -3.46, q_kvar: null, voltage_v: null },
  alerts: [],
  ...over,
});

describe('a watched device', () => {
  test('shows what it has points for, in the order of its columns, and a dash for what is not known', () => {
    expect(figures(meter())).toEqual([
      { name: 'Active power', value: '\u22123.5', unit: 'kW' },
      { name: 'Voltage', value: '–', unit: 'V' },
    ]);
  });
  test('shows a state of charge in percent', () => {
    const battery = meter({ kind: 'battery', columns: [{ name: 'soc_pu', quantity: 'state_of_charge', unit: 'pu' }], latest: { timestamp: null, soc_pu: 0.4988 } });
    expect(figures(battery)).toEqual([{ name: 'State of charge', value: '49.9', unit: '%' }]);
  });
  test('says what is wrong with its link', () => {
    expect(trouble(meter())).toBe('');
    expect(trouble(meter({ link: { ...meter().link, status: 'lost', last_error: 'Connection refused' } }))).toBe('Connection refused');
    expect(trouble(meter({ link: { ...meter().link, status: 'unknown' } }))).toBe('not read yet');
  });
});
