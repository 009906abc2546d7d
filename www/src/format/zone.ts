// Instants in the site's configured zone. Instants are milliseconds since 1970 UTC.

const dayMs = 86_400_000;

export interface LocalTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

export class Zone {
  readonly name: string;
  private readonly parts: Intl.DateTimeFormat;
  private readonly offsets = new Map<number, number>();

  constructor(name: string) {
    this.parts = new Intl.DateTimeFormat('en-GB', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    this.name = name;
  }

  /** Milliseconds east of UTC. Offsets change on quarters of an hour only, so one answer serves a quarter. */
  offset(t: number): number {
    const quarter = Math.floor(t / 900_000);
    const known = this.offsets.get(quarter);
    if (known !== undefined) return known;
    const at = quarter * 900_000;
    const p: Record<string, number> = {};
    for (const { type, value } of this.parts.formatToParts(at)) p[type] = Number(value);
    const local = Date.UTC(p['year']!, p['month']! - 1, p['day']!, p['hour']!, p['minute']!, p['second']!);
    if (this.offsets.size > 20_000) this.offsets.clear();
    this.offsets.set(quarter, local - at);
    return local - at;
  }

  local(t: number): LocalTime {
    const d = new Date(t + this.offset(t));
    return {
      year: d.getUTCFullYear(),
      month: d.getUTCMonth() + 1,
      day: d.getUTCDate(),
      hour: d.getUTCHours(),
      minute: d.getUTCMinutes(),
      second: d.getUTCSeconds(),
    };
  }

  /** The instant of a local time; of an ambiguous one the first, of one that does not exist the moment after the gap. */
  instant(l: LocalTime): number {
    const wall = Date.UTC(l.year, l.month - 1, l.day, l.hour, l.minute, l.second);
    const candidates = [this.offset(wall - dayMs), this.offset(wall + dayMs)].map((o) => wall - o);
    const valid = candidates.filter((t) => t + this.offset(t) === wall);
    if (valid.length > 0) return Math.min(...valid);
    return this.transition(Math.min(...candidates), Math.max(...candidates));
  }

  dayStart(t: number): number {
    const l = this.local(t);
    return this.instant({ ...l, hour: 0, minute: 0, second: 0 });
  }

  /** Start of the local day `days` after the one of `t`. */
  addDays(t: number, days: number): number {
    const l = this.local(t);
    const d = new Date(Date.UTC(l.year, l.month - 1, l.day + days));
    return this.instant({
      year: d.getUTCFullYear(),
      month: d.getUTCMonth() + 1,
      day: d.getUTCDate(),
      hour: 0,
      minute: 0,
      second: 0,
    });
  }

  private transition(low: number, high: number): number {
    const before = this.offset(low);
    while (high - low > 1000) {
      const middle = Math.floor((low + high) / 2);
      if (this.offset(middle) === before) low = middle;
      else high = middle;
    }
    return Math.ceil(high / 900_000) * 900_000 === high ? high : Math.round(high / 900_000) * 900_000;
  }

  /** 18:47 */
  clock(t: number): string {
    const l = this.local(t);
    return `${two(l.hour)}:${two(l.minute)}`;
  }

  /** 18:47:32 */
  clockSeconds(t: number): string {
    return `${this.clock(t)}:${two(this.local(t).second)}`;
  }

  /** Wed 1 Oct */
  day(t: number): string {
    const l = this.local(t);
    const weekday = new Date(Date.UTC(l.year, l.month - 1, l.day)).getUTCDay();
    return `${weekdays[weekday]} ${l.day} ${months[l.month - 1]}`;
  }

  /** Wed 1 Oct 18:47:32 */
  dayClock(t: number): string {
    return `${this.day(t)} ${this.clockSeconds(t)}`;
  }

  /** 19:00; on another day than `now` with the day: Thu 2 Oct 19:00 */
  near(t: number, now: number): string {
    const clock = t % 60_000 === 0 ? this.clock(t) : this.clockSeconds(t);
    return this.dayStart(t) === this.dayStart(now) ? clock : `${this.day(t)} ${clock}`;
  }

  /** 2025-10-01T18:47:32+02:00 */
  iso(t: number): string {
    const l = this.local(t);
    return `${l.year}-${two(l.month)}-${two(l.day)}T${two(l.hour)}:${two(l.minute)}:${two(l.second)}${this.offsetIso(t)}`;
  }

  offsetIso(t: number): string {
    const minutes = Math.round(this.offset(t) / 60_000);
    const size = Math.abs(minutes);
    return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
  }

  /** UTC+2, UTC+5:30, UTC */
  offsetText(t: number): string {
    const minutes = Math.round(this.offset(t) / 60_000);
    if (minutes === 0) return 'UTC';
    const size = Math.abs(minutes);
    const rest = size % 60;
    return `UTC${minutes < 0 ? '\u2212' : '+'}${Math.floor(size / 60)}${rest ? `:${two(rest)}` : ''}`;
  }

  /** Madrid, New York */
  city(): string {
    return this.name.split('/').pop()!.replace(/_/g, ' ');
  }
}

/** What was typed as an instant: `2025-10-01 18:47`, `18:47:32` (of the day of `near`) or anything with an offset. */
export function parseTime(text: string, zone: Zone, near: number): number | null {
  const t = text.trim();
  if (/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$/.test(t)) {
    const instant = Date.parse(t);
    return Number.isNaN(instant) ? null : instant;
  }
  const m = /^(?:(\d{4})-(\d\d)-(\d\d)[T ])?(\d{1,2}):(\d\d)(?::(\d\d))?$/.exec(t);
  if (!m) return null;
  const base = zone.local(near);
  const l: LocalTime = {
    year: m[1] ? Number(m[1]) : base.year,
    month: m[2] ? Number(m[2]) : base.month,
    day: m[3] ? Number(m[3]) : base.day,
    hour: Number(m[4]),
    minute: Number(m[5]),
    second: Number(m[6] ?? 0),
  };
  if (l.hour > 24 || l.minute > 59 || l.second > 59 || (l.hour === 24 && (l.minute || l.second))) return null;
  if (l.hour === 24) return zone.addDays(zone.instant({ ...l, hour: 0 }), 1);
  const instant = zone.instant(l);
  return Number.isFinite(instant) ? instant : null;
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (n: number) => String(n).padStart(2, '0');

export const ms = (time: string | null | undefined): number | null => {
  if (!time) return null;
  const t = Date.parse(time);
  return Number.isNaN(t) ? null : t;
};
/** To the service: UTC. */
export const utc = (t: number) => new Date(t).toISOString();
