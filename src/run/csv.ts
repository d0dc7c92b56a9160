import type { IMetricSeries } from '../models/series';

/**
 * A metric as a table for spreadsheets: step, time in UTC, value.
 */
export function metricCsv({ key, step, time, value }: IMetricSeries): string {
  const rows = step.map((one, at) =>
    [one, iso(time[at] ?? NaN), value[at] ?? NaN].join(',')
  );
  return [`step,time,${quoted(key)}`, ...rows, ''].join('\n');
}

function iso(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}

/**
 * A key may hold anything; a spreadsheet must not take it for a formula.
 */
function quoted(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}
