// Plants that take no reactive power have nothing of it: no value, no lane, no series.

import type { Lane } from '../chart/geometry';
import type { PlantState } from '../api/types';

/** Services of before did not say; their plants take both. */
export const takesQ = (plant: Pick<PlantState, 'signals'>): boolean => plant.signals?.includes('q') ?? true;

export const lanesFor = (plant: Pick<PlantState, 'signals'>, lanes: readonly Lane[]): Lane[] => lanes.filter((lane) => lane !== 'q' || takesQ(plant));
