import type { TranslationBundle } from '@jupyterlab/translation';

import { value as shown } from '../ui/format';
import type { IChartData } from './metricChart';

/**
 * A chart in words: "loss fell from 2.1 to 0.21 over 4,120 points, lowest 0.209 at 4020".
 */
export function chartSummary(
  name: string,
  { x, lines }: IChartData,
  trans: TranslationBundle,
  formatX: (x: number) => string = shown,
  formatY: (y: number) => string = shown
): string {
  return lines
    .map(line =>
      lineSummary(lines.length > 1 ? `${name} ${line.name}` : name, x, line.y)
    )
    .join('. ');

  function lineSummary(
    what: string,
    xs: readonly number[],
    ys: readonly number[]
  ): string {
    const seen = read(ys);
    if (!seen) {
      return trans.__('%1 has no finite value yet', what);
    }
    const { first, last, low, high, finite } = seen;
    const [from, to] = [ys[first] ?? 0, ys[last] ?? 0];
    const texts = [formatY(from), formatY(to)] as const;
    const text =
      finite === 1
        ? trans.__('%1 is %2', what, texts[1])
        : course(what, from, to, texts, finite);
    const isFall = to < from;
    const at = isFall ? low : high;
    const extreme = isFall
      ? trans.__('lowest %1 at %2', formatY(ys[at] ?? 0), formatX(xs[at] ?? 0))
      : trans.__(
          'highest %1 at %2',
          formatY(ys[at] ?? 0),
          formatX(xs[at] ?? 0)
        );
    const lost = ys.length - finite;
    const gaps = lost
      ? trans._n('%1 value is not finite', '%1 values are not finite', lost)
      : '';
    return [text, finite > 1 ? extreme : '', gaps].filter(Boolean).join(', ');
  }

  function course(
    what: string,
    from: number,
    to: number,
    [start, end]: readonly [string, string],
    points: number
  ): string {
    const count = points.toLocaleString();
    if (start === end) {
      return trans.__(
        '%1 began and stands at %2 over %3 points',
        what,
        end,
        count
      );
    }
    return to < from
      ? trans.__(
          '%1 fell from %2 to %3 over %4 points',
          what,
          start,
          end,
          count
        )
      : trans.__(
          '%1 rose from %2 to %3 over %4 points',
          what,
          start,
          end,
          count
        );
  }
}

interface ISeen {
  first: number;
  last: number;
  low: number;
  high: number;
  finite: number;
}

function read(y: readonly number[]): ISeen | null {
  let seen: ISeen | null = null;
  y.forEach((value, at) => {
    if (!Number.isFinite(value)) {
      return;
    }
    seen ??= { first: at, last: at, low: at, high: at, finite: 0 };
    seen.last = at;
    seen.finite++;
    seen.low = value < (y[seen.low] ?? 0) ? at : seen.low;
    seen.high = value > (y[seen.high] ?? 0) ? at : seen.high;
  });
  return seen;
}
