// Shapes. Alarms have one each; the octagon belongs to the emergency stop alone.

export const Logo = () => (
  <svg width="20" height="16" viewBox="0 0 20 16" aria-hidden="true">
    <path d="M1 12.5h5v-9h5v9h3.5v-5H19" fill="none" stroke="currentColor" stroke-width="2.2" />
  </svg>
);
export const Octagon = ({ size = 26, inverse = false }: { size?: number; inverse?: boolean }) => (
  <svg width={size} height={size} viewBox="0 0 26 26" aria-hidden="true">
    <path d="M8 1h10l7 7v10l-7 7H8l-7-7V8z" fill={inverse ? '#fff' : '#c62828'} />
    <path d="M7.5 13h11" stroke={inverse ? '#c62828' : '#fff'} stroke-width="3.4" />
  </svg>
);
export const AlarmShape = ({ level, size = 24 }: { level: 'high' | 'medium' | 'low'; size?: number }) => {
  if (level === 'high')
    return (
      <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
        <path d="M12 1l11 11-11 11L1 12z" fill="#c62828" />
        <path d="M12 6.5v7M12 15.6v2.2" stroke="#fff" stroke-width="2.2" />
      </svg>
    );
  if (level === 'medium')
    return (
      <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
        <path d="M12 2l11 20H1z" class="fill-med" />
        <path d="M12 9v6.2M12 17v2.2" class="stroke-surface" stroke-width="2.2" />
      </svg>
    );
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      <rect x="3" y="3" width="18" height="18" rx="3" fill="none" class="stroke-low" stroke-width="2" />
      <path d="M12 7v6M12 15v2.2" class="stroke-low" stroke-width="2" />
    </svg>
  );
};
const line = (d: string, size = 16) => (
  <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
    <path d={d} fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" />
  </svg>
);
export const Clock = () => line('M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 5v3.2l2 1.3', 15);
export const Moon = () => line('M13 9.6A5.6 5.6 0 1 1 6.6 3a4.6 4.6 0 0 0 6.4 6.6z', 18);
export const Sun = () => line('M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1.2v1.4M8 13.4v1.4M1.2 8h1.4M13.4 8h1.4M3.2 3.2l1 1M11.8 11.8l1 1M3.2 12.8l1-1M11.8 4.2l1-1', 18);
export const Menu = () => line('M2 4.5h12M2 8h12M2 11.5h12', 20);
export const Cross = () => line('M4 4l8 8M12 4l-8 8');
export const Undo = () => line('M5.5 3L2.5 6l3 3M3 6h6a3.5 3.5 0 0 1 0 7H6', 18);
export const Redo = () => line('M10.5 3l3 3-3 3M13 6H7a3.5 3.5 0 0 0 0 7h3', 18);
export const Upload = () => line('M8 10.5V2.5M5 5.2L8 2.5l3 2.7M2.5 11v2.5h11V11');
export const Download = () => line('M8 2.5v8M5 7.8l3 2.7 3-2.7M2.5 11v2.5h11V11');
export const Plus = () => line('M8 3v10M3 8h10');
export const Lock = () => line('M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5', 14);
export const Info = () => line('M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 7.4v3.4M8 5v.2', 15);
export const Broken = () => line('M6.2 9.8l-1.6 1.6a2.3 2.3 0 0 1-3.2-3.2L4 5.6M9.8 6.2l1.6-1.6a2.3 2.3 0 0 1 3.2 3.2L12 10.4M2.5 2.5l11 11', 22);

/** Disc running, ring stopped, half moving, dashed unknown. */
export const Lamp = ({ state }: { state: 'running' | 'stopped' | 'moving' | 'unknown' }) => (
  <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
    {state === 'running' && <circle cx="5" cy="5" r="4.2" fill="currentColor" />}
    {state === 'stopped' && <circle cx="5" cy="5" r="3.6" fill="none" stroke="currentColor" stroke-width="1.6" />}
    {state === 'moving' && (
      <>
        <circle cx="5" cy="5" r="4" fill="none" stroke="currentColor" stroke-width="1.2" />
        <path d="M5 1a4 4 0 0 0 0 8z" fill="currentColor" />
      </>
    )}
    {state === 'unknown' && <circle cx="5" cy="5" r="3.8" fill="none" stroke="currentColor" stroke-width="1.6" stroke-dasharray="2 2" />}
  </svg>
);
