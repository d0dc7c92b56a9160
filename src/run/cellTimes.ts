import type { IRunCell } from '../models/run';

/**
 * How long a cell took, or is taking; null before it started.
 *
 * @param now Seconds since the epoch.
 */
export function cellSeconds(
  {
    state,
    started,
    ended,
    duration_s
  }: Pick<IRunCell, 'state' | 'started' | 'ended' | 'duration_s'>,
  now: number
): number | null {
  if (duration_s !== null) {
    return duration_s;
  }
  if (started === null) {
    return null;
  }
  const end = state === 'running' ? now : ended;
  return end === null ? null : Math.max(0, end - started);
}

/**
 * What each cell is given of the width that is left once all have their least; by time.
 */
export function shares(seconds: readonly (number | null)[]): number[] {
  const known = seconds.map(one => one ?? 0);
  const whole = known.reduce((sum, one) => sum + one, 0);
  return whole > 0
    ? known.map(one => Math.max(one / whole, 0.001))
    : known.map(() => 1);
}

/**
 * The cells that took longest, the longest first.
 */
export function slowest(cells: readonly IRunCell[], most: number): IRunCell[] {
  return cells
    .filter(({ duration_s }) => duration_s !== null && duration_s >= 0.1)
    .sort((a, b) => (b.duration_s ?? 0) - (a.duration_s ?? 0))
    .slice(0, most);
}
