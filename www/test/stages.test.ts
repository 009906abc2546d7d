import { expect, test } from 'vitest';
import { stageInWords, stageStep } from '../src/model/stages';

test('a stage has a word, known or not', () => {
  expect(stageInWords('layer')).toBe('Source');
  expect(stageInWords('device_limit')).toBe('Plant limit');
  expect(stageInWords('emergency_stop')).toBe('Emergency stop');
});

test('a step tells what it changed, and only the value where it changed nothing', () => {
  expect(stageStep({ stage: 'limits', from: 150, to: 100, why: '' }, 'kW')).toBe('150.0 → 100.0 kW');
  expect(stageStep({ stage: 'device', from: 100, to: 100, why: '' }, 'kW')).toBe('100.0 kW');
  expect(stageStep({ stage: 'layer', from: null, to: 100, why: '' }, 'kvar')).toBe('100.0 kvar');
});
