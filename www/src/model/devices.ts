// What is shown of a device that is only watched.

import type { DeviceState } from '../api/types';
import { fixed, unknown } from '../format/number';

export const kindWords: Record<DeviceState['kind'], string> = { battery: 'Battery', pv: 'Photovoltaics', load: 'Load', meter: 'Meter' };

export interface Figure {
  name: string;
  value: string;
  unit: string;
}

const words: Record<string, string> = {
  active_power: 'Active power',
  active_power_battery: 'Battery power',
  active_power_setpoint: 'Setpoint',
  active_power_available: 'Available',
  reactive_power: 'Reactive power',
  reactive_power_battery: 'Battery reactive',
  reactive_power_setpoint: 'Reactive setpoint',
  state_of_charge: 'State of charge',
  current_l1: 'L1',
  current_l2: 'L2',
  current_l3: 'L3',
  voltage: 'Voltage',
  energy_import: 'Taken',
  energy_export: 'Given',
};
const decimals: Record<string, number> = { kW: 1, kvar: 1, A: 1, V: 1, kV: 3, kWh: 1, pu: 1 };

/** The figures of a device in the order of its columns; what is not known is a dash, never the last value. */
export function figures(device: DeviceState): Figure[] {
  return device.columns.map((column) => {
    const value = device.latest[column.name];
    const number = typeof value === 'number' ? value : null;
    const charge = column.unit === 'pu';
    return {
      name: words[column.quantity] ?? column.quantity,
      value: number === null ? unknown : fixed(charge ? number * 100 : number, decimals[column.unit] ?? 2),
      unit: charge ? '%' : column.unit,
    };
  });
}

/** Why nothing, or nothing new, is known of it; empty while all is well. */
export function trouble(device: DeviceState): string {
  if (device.link.status === 'ok') return '';
  if (device.link.last_error) return device.link.last_error;
  return device.link.status === 'connecting' ? 'connecting' : 'not read yet';
}
