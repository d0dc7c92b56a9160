import type { IRunSummary, RunState } from '../api/types';
import { metricValue } from './events';
import { elapsed, isFinal, STAR } from './states';

/**
 * Which of the runs that are over are shown, and in which order.
 */
export interface IHistoryFilter {
  /**
   * Every word has to be found somewhere in the run.
   */
  text: string;

  /**
   * Ends to show; all where none is named. `failed` stands for `lost` too.
   */
  ends: RunState[];
  isStarred: boolean;

  /**
   * A notebook's path as Jupyter's contents have it; null for all.
   */
  notebook: string | null;

  /**
   * `newest`, `duration` or `metric:KEY`.
   */
  sort: string;
}

const METRIC = 'metric:';

/**
 * The runs of a list that pass a filter, in its order.
 */
export function filtered(
  runs: readonly IRunSummary[],
  filter: IHistoryFilter
): IRunSummary[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = runs.filter(
    run =>
      isFinal(run.state) &&
      isEnd(run.state, filter.ends) &&
      (!filter.isStarred || run.tags.includes(STAR)) &&
      (filter.notebook === null || isRunOf(run, filter.notebook)) &&
      words.every(word => haystack(run).includes(word))
  );
  return sorted(found, filter.sort);
}

/**
 * The metric a list is sorted by; null where it is sorted by something else.
 */
export function sortMetric(sort: string): string | null {
  return sort.startsWith(METRIC) ? sort.slice(METRIC.length) : null;
}

/**
 * How a list is named that is sorted by a metric.
 */
export function byMetric(key: string): string {
  return METRIC + key;
}

/**
 * Whether a run is of the notebook at a path, which may lie deeper or less deep than the run's project.
 */
export function isRunOf(
  run: Pick<IRunSummary, 'project' | 'notebook'>,
  path: string
): boolean {
  const whole = `${run.project}/${run.notebook}`;
  return whole.endsWith(`/${path}`);
}

/**
 * The value of a metric a run ended with; null where it has none.
 */
export function lastValue(run: IRunSummary, key: string): number | null {
  return key in run.metrics ? metricValue(run.metrics[key]) : null;
}

// Whole words of a name, but for two that are clear wherever they stand.
const lower =
  /loss|error|(^|[^a-z])(err|r?mse|mae|mape|perplexity|ppl|nll|wer|cer|fid|latency|regret|time|seconds|duration)($|[^a-z])/i;
const telling = /loss|acc|auc|f1|score|error/i;

/**
 * Whether less of a metric is better, as far as its name tells.
 */
export function isLowerBetter(key: string): boolean {
  return lower.test(key);
}

/**
 * The metric to show where nobody chose one; null where there is none.
 */
export function tellingMetric(keys: readonly string[]): string | null {
  return keys.find(key => telling.test(key)) ?? keys[0] ?? null;
}

/**
 * Whether a run ended with a better value than the run of the same notebook before it; null where there is none to
 * compare with.
 *
 * @param runs All runs, newest first.
 */
export function isBetter(
  run: IRunSummary,
  key: string,
  runs: readonly IRunSummary[]
): boolean | null {
  const own = lastValue(run, key);
  const before = runs.find(
    one =>
      one.created < run.created &&
      one.notebook === run.notebook &&
      one.project === run.project &&
      lastValue(one, key) !== null
  );
  const earlier = before ? lastValue(before, key) : null;
  if (own === null || earlier === null) {
    return null;
  }
  return isLowerBetter(key) ? own < earlier : own > earlier;
}

/**
 * How long a run can be expected to take, in seconds: the median of the latest that succeeded with the same notebook
 * on the same machine; null where there is none.
 */
export function expectedDuration(
  run: Pick<IRunSummary, 'project' | 'notebook' | 'machine'>,
  runs: readonly IRunSummary[]
): number | null {
  const took = runs
    .filter(
      one =>
        one.state === 'succeeded' &&
        one.machine === run.machine &&
        one.notebook === run.notebook &&
        one.project === run.project
    )
    .slice(0, 9)
    .map(one => elapsed(one))
    .filter(seconds => seconds !== null)
    .sort((a, b) => a - b);
  return took[Math.floor(took.length / 2)] ?? null;
}

function isEnd(state: RunState, ends: RunState[]): boolean {
  return (
    ends.length === 0 || ends.includes(state === 'lost' ? 'failed' : state)
  );
}

function haystack(run: IRunSummary): string {
  return [
    `#${run.number}`,
    run.title,
    run.notebook,
    run.machine,
    run.experiment,
    run.notes,
    run.reason,
    run.id,
    ...run.tags
  ]
    .join('\n')
    .toLowerCase();
}

function sorted(runs: IRunSummary[], sort: string): IRunSummary[] {
  const key = sortMetric(sort);
  if (key !== null) {
    const sign = isLowerBetter(key) ? 1 : -1;
    return by(runs, run => {
      const found = lastValue(run, key);
      return found === null || Number.isNaN(found) ? null : sign * found;
    });
  }
  return sort === 'duration'
    ? by(runs, run => {
        const seconds = elapsed(run);
        return seconds === null ? null : -seconds;
      })
    : runs;
}

/**
 * Smallest first, those without a value last; equal ones stay in their order.
 */
function by(
  runs: IRunSummary[],
  value: (run: IRunSummary) => number | null
): IRunSummary[] {
  const rank = (run: IRunSummary): number => value(run) ?? Infinity;
  return [...runs].sort((a, b) => {
    const [one, other] = [rank(a), rank(b)];
    return one === other ? 0 : one - other;
  });
}
