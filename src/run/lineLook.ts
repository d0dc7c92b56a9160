const DASHES = [[], [6, 3], [2, 2], [8, 3, 2, 3]];

/**
 * The variable with the colour of a chart's line.
 *
 * @param first Which of the eight colours the chart's first line has, from 1.
 */
export function seriesColor(first: number, line: number): string {
  return `--jp-mlx-series-${((first - 1 + line) % 8) + 1}`;
}

/**
 * The dash of a chart's line, so that colour is not alone.
 */
export function lineDash(line: number): number[] {
  return DASHES[line % DASHES.length] ?? [];
}
