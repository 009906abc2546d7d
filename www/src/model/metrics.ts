// Prometheus text, as far as the System page needs it.

export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export function parseMetrics(text: string): Sample[] {
  const out: Sample[] = [];
  for (const line of text.split('\n')) {
    const m = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/.exec(line);
    if (!m || line.startsWith('#')) continue;
    const labels: Record<string, string> = {};
    for (const l of (m[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) labels[l[1]!] = l[2]!.replace(/\\(.)/g, '$1');
    const value = m[3] === '+Inf' ? Infinity : Number(m[3]);
    if (!Number.isNaN(value)) out.push({ name: m[1]!, labels, value });
  }
  return out;
}

export function sum(samples: readonly Sample[], name: string, where: Record<string, string> = {}): number | null {
  const found = samples.filter((s) => s.name === name && Object.entries(where).every(([k, v]) => s.labels[k] === v));
  return found.length ? found.reduce((a, s) => a + s.value, 0) : null;
}

/** The bound under which a share of a histogram's observations lies, linear within a bucket as Prometheus does it. */
export function quantile(samples: readonly Sample[], name: string, q: number, where: Record<string, string> = {}): number | null {
  const buckets = new Map<number, number>();
  for (const s of samples) {
    if (s.name !== `${name}_bucket` || !Object.entries(where).every(([k, v]) => s.labels[k] === v)) continue;
    const le = s.labels['le'] === '+Inf' ? Infinity : Number(s.labels['le']);
    buckets.set(le, (buckets.get(le) ?? 0) + s.value);
  }
  const sorted = [...buckets].sort((a, b) => a[0] - b[0]);
  const total = sorted.at(-1)?.[1] ?? 0;
  if (total === 0) return null;
  const rank = q * total;
  let below = 0;
  let low = 0;
  for (const [le, n] of sorted) {
    if (n >= rank) {
      if (!Number.isFinite(le)) return low;
      return n === below ? le : low + ((le - low) * (rank - below)) / (n - below);
    }
    below = n;
    low = le;
  }
  return low;
}
