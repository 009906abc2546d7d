import { describe, expect, it } from 'vitest';
import { lanesFor, takesQ } from '../src/model/reactive';
import { codeInWords } from '../src/model/words';

describe('a plant without reactive power', () => {
  it('has no lane of it', () => {
    expect(takesQ({ signals: ['p'] })).toBe(false);
    expect(lanesFor({ signals: ['p'] }, ['p', 'soc', 'q', 'v'])).toEqual(['p', 'soc', 'v']);
    expect(lanesFor({ signals: ['p', 'q'] }, ['p', 'soc', 'q', 'v'])).toEqual(['p', 'soc', 'q', 'v']);
  });
  it('is one only where the service says so', () => expect(takesQ({})).toBe(true));
});

describe('a switch to a side that a plant lacks', () => {
  it('is told with the plants', () => expect(codeInWords('no_endpoint: no modbus.remote is configured for lib')).toBe('Not switched, nothing was stopped: no modbus.remote is configured for lib.'));
});
