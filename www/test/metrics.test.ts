import { describe, expect, it } from 'vitest';
import { parseMetrics, quantile, sum } from '../src/model/metrics';

const text = `# HELP x y
# TYPE lag histogram
lag_bucket{le="0.001"} 90
lag_bucket{le="0.01"} 99
lag_bucket{le="+Inf"} 100
requests_total{plant="lib",outcome="ok"} 40
requests_total{plant="lib",outcome="a \\"b\\""} 2
requests_total{plant="vrfb",outcome="ok"} 1e2
`;

describe('metrics', () => {
  const m = parseMetrics(text);
  it('are summed over labels', () => {
    expect(sum(m, 'requests_total', { plant: 'lib' })).toBe(42);
    expect(sum(m, 'requests_total')).toBe(142);
    expect(sum(m, 'nothing')).toBeNull();
    expect(m.some((s) => s.labels['outcome'] === 'a "b"')).toBe(true);
  });
  it('give quantiles within buckets', () => {
    expect(quantile(m, 'lag', 0.9)).toBeCloseTo(0.001);
    expect(quantile(m, 'lag', 0.945)).toBeCloseTo(0.0055);
    expect(quantile(m, 'lag', 0.999)).toBe(0.01);
    expect(quantile(m, 'other', 0.5)).toBeNull();
  });
});
