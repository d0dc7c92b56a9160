import type { IRunSummary } from '../api/types';
import { elapsed, isFinal } from './states';

/**
 * The open runs in numbers.
 */
export interface ITally {
  /**
   * Those a machine works on.
   */
  running: number;

  /**
   * Those that have not reached their machine, or wait there.
   */
  queued: number;

  /**
   * What the open runs cost so far, by currency; without those that cost nothing.
   */
  cost: Map<string, number>;
}

/**
 * What a run costs so far; null where its machine has no price.
 */
export function costSoFar(
  run: Pick<IRunSummary, 'cost' | 'price' | 'started' | 'ended'>,
  now: number = Date.now()
): number | null {
  const seconds = elapsed(run, now);
  return run.price === null || seconds === null
    ? run.cost
    : (run.price * seconds) / 3600;
}

/**
 * Count the open runs among some.
 */
export function tally(
  runs: readonly IRunSummary[],
  now: number = Date.now()
): ITally {
  const open = runs.filter(run => !isFinal(run.state));
  const queued = open.filter(run => run.state === 'queued').length;
  const cost = new Map<string, number>();
  for (const run of open) {
    const amount = costSoFar(run, now) ?? 0;
    if (amount > 0) {
      cost.set(run.currency, (cost.get(run.currency) ?? 0) + amount);
    }
  }
  return { running: open.length - queued, queued, cost };
}
