// Numbers for people: true minus, unit beside, an en dash for what is not known.

export const unknown = '–';
const minus = '\u2212';
const thin = '\u202f';

/** Fixed decimals; −0.04 with one decimal is 0.0, not −0.0. */
export function fixed(value: number | null | undefined, decimals: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return unknown;
  const text = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(text) !== 0 ? minus + text : text;
}

export function signed(value: number | null | undefined, decimals: number): string {
  const text = fixed(value, decimals);
  return text === unknown || text.startsWith(minus) || Number(text) === 0 ? text : `+${text}`;
}

export const kw = (value: number | null | undefined) => fixed(value, 1);
export const percent = (pu: number | null | undefined) => fixed(pu === null || pu === undefined ? null : pu * 100, 1);

/** Decimals that show a tenth of a per mille of the nominal voltage. */
export function voltageDecimals(nominalKv: number): number {
  return nominalKv < 1 ? 4 : nominalKv < 10 ? 3 : 2;
}

/** Whole numbers in groups of three: 1 186 540. */
export function count(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return unknown;
  return (value < 0 ? minus : '') + String(Math.round(Math.abs(value))).replace(/\B(?=(\d{3})+$)/g, thin);
}

/** Energy in the unit that keeps three or four figures. */
export function energy(kwh: number | null | undefined): { value: string; unit: string } {
  if (kwh === null || kwh === undefined || !Number.isFinite(kwh)) return { value: unknown, unit: 'kWh' };
  return Math.abs(kwh) >= 1000
    ? { value: fixed(kwh / 1000, 2), unit: 'MWh' }
    : { value: fixed(kwh, 1), unit: 'kWh' };
}

export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  if (value < 1e6) return `${fixed(value / 1e3, 1)} kB`;
  return `${fixed(value / 1e6, 1)} MB`;
}

/** What somebody typed: a comma is a decimal point, either minus will do. Null when it is no number. */
export function parseNumber(text: string): number | null {
  const plain = text.trim().replace(/[\u2212\u2013]/g, '-').replace(/[\s\u202f\u00a0]/g, '').replace(',', '.');
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain)) return null;
  const value = Number(plain);
  return Number.isFinite(value) ? value : null;
}

/** 4.1 s, 38 s, 2 min 23 s, 1 h 05 min, 2 d 6 h: two places at most. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return unknown;
  const s = Math.max(0, seconds);
  if (s < 9.95) return `${s.toFixed(1)} s`;
  const whole = Math.round(s);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) {
    const rest = whole % 60;
    return `${Math.floor(whole / 60)} min${rest ? ` ${rest} s` : ''}`;
  }
  const minutes = Math.round(s / 60);
  if (minutes < 24 * 60) {
    const rest = minutes % 60;
    return `${Math.floor(minutes / 60)} h${rest ? ` ${String(rest).padStart(2, '0')} min` : ''}`;
  }
  const hours = Math.round(s / 3600);
  const rest = hours % 24;
  return `${Math.floor(hours / 24)} d${rest ? ` ${rest} h` : ''}`;
}

/** An age in one place: 0.6 s, 12 s, 2 min, 3 h. */
export function age(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return unknown;
  const s = Math.max(0, seconds);
  if (s < 9.95) return `${s.toFixed(1)} s`;
  if (s < 59.5) return `${Math.round(s)} s`;
  if (s < 3600) return `${Math.max(1, Math.floor(s / 60))} min`;
  if (s < 48 * 3600) return `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86400)} d`;
}
