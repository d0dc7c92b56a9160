import type { IMachineView, IRunSummary, RunState } from '../api/types';

/**
 * The tag that a starred run carries.
 */
export const STAR = 'starred';

const finals = new Set<string>(['succeeded', 'failed', 'cancelled', 'lost']);

/**
 * Whether nothing can happen to a run any more.
 */
export function isFinal(state: RunState): boolean {
  return finals.has(state);
}

/**
 * Whether a stop was asked for that is not done yet.
 */
export function isStopping(
  run: Pick<IRunSummary, 'state' | 'cancel_requested'>
): boolean {
  return run.cancel_requested !== null && !isFinal(run.state);
}

/**
 * Milliseconds since the epoch of a time as the server prints it; null where there is none.
 */
export function moment(iso: string | null): number | null {
  const ms = iso === null ? NaN : Date.parse(iso);
  return Number.isNaN(ms) ? null : ms;
}

/**
 * How long a run has been going or went, in seconds; null before its start.
 */
export function elapsed(
  run: Pick<IRunSummary, 'started' | 'ended'>,
  now: number = Date.now()
): number | null {
  const started = moment(run.started);
  return started === null
    ? null
    : Math.max(0, ((moment(run.ended) ?? now) - started) / 1000);
}

/**
 * Whether a machine answered when it was last spoken to.
 */
export type Reach = 'reachable' | 'unreachable' | 'unknown';

/**
 * The reach of a machine.
 */
export function reach({
  machine,
  status
}: Pick<IMachineView, 'machine' | 'status'>): Reach {
  if (machine.transport === 'local') {
    return 'reachable';
  }
  if (status.unreachable_since !== null) {
    return 'unreachable';
  }
  return status.last_contact === null ? 'unknown' : 'reachable';
}
