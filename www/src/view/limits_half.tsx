import { showLimits, toggleLimits } from '../model/scale';

/** Charts scale to what is in them; pressed, to the limits of the plant. */
export function LimitsHalf() {
  return (
    <button aria-pressed={showLimits.value} class={showLimits.value ? 'is' : undefined} onClick={toggleLimits} title="Scale power to the limits of the plant instead of what is in view">
      Limits
    </button>
  );
}
