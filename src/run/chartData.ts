import type { TranslationBundle } from '@jupyterlab/translation';

import type { ISample } from '../models/events';
import type { IRunCell } from '../models/run';
import type { IMetricSeries } from '../models/series';
import type { IChartData } from './metricChart';

/**
 * What the x axis of metrics counts.
 */
export type XAxis = 'step' | 'time';

/**
 * A metric as a chart shows it; steps that go back are put in order.
 *
 * @param start Seconds since the epoch from which time counts.
 */
export function metricData(
  series: IMetricSeries,
  axis: XAxis,
  start: number,
  cells: readonly IRunCell[] = []
): IChartData {
  const raw =
    axis === 'step' ? series.step : series.time.map(time => time - start);
  const order = ascending(raw);
  const x = order ? order.map(at => raw[at] ?? 0) : raw;
  const y = order ? order.map(at => series.value[at] ?? NaN) : series.value;
  const data = { x, lines: [{ label: series.key, y }] };
  return axis === 'time' ? { ...data, marks: cellMarks(cells, start) } : data;
}

/**
 * Keys by what stands before their last slash, each group in the order it first came. Those with nothing before it, or
 * whose group has no other, come first and together.
 */
export function grouped(keys: Iterable<string>): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const key of keys) {
    const prefix = key.slice(0, Math.max(0, key.lastIndexOf('/')));
    groups.set(prefix, [...(groups.get(prefix) ?? []), key]);
  }
  const alone = [...groups].filter(
    ([prefix, members]) => prefix === '' || members.length === 1
  );
  const first = alone.flatMap(([, members]) => members);
  const rest = [...groups].filter(
    ([prefix, members]) => prefix !== '' && members.length > 1
  );
  return new Map([...(first.length ? [['', first] as const] : []), ...rest]);
}

/**
 * What a hardware chart reads from a sample; the names of its lines, and their values.
 */
export interface IHardware {
  id: 'cpu' | 'memory' | 'gpu' | 'gpuMemory';
  lines: { label: string; read: (sample: ISample) => number | null }[];
}

/**
 * The hardware charts there are samples for.
 */
export function hardware(
  samples: readonly ISample[],
  trans: TranslationBundle
): IHardware[] {
  const uuids = [
    ...new Set(samples.flatMap(({ gpus }) => gpus.map(({ uuid }) => uuid)))
  ];
  const gpu = (
    read: (one: ISample['gpus'][number]) => number | null
  ): IHardware['lines'] =>
    uuids.map((uuid, at) => ({
      label: trans.__('GPU %1', at),
      read: ({ gpus }) => {
        const found = gpus.find(one => one.uuid === uuid);
        return found ? read(found) : null;
      }
    }));
  const all: IHardware[] = [
    { id: 'gpu', lines: gpu(({ util }) => util) },
    { id: 'gpuMemory', lines: gpu(one => one.memory_used) },
    {
      id: 'cpu',
      lines: [{ label: trans.__('CPU'), read: one => percent(one.cpu) }]
    },
    {
      id: 'memory',
      lines: [
        { label: trans.__('run'), read: ({ rss }) => rss },
        { label: trans.__('machine'), read: one => one.memory_used }
      ]
    }
  ];
  return all
    .map(({ id, lines }) => ({
      id,
      lines: lines.filter(({ read }) => samples.some(s => read(s) !== null))
    }))
    .filter(({ lines }) => lines.length > 0);
}

/**
 * Samples as a chart shows them.
 */
export function hardwareData(
  { lines }: IHardware,
  samples: readonly ISample[],
  start: number
): IChartData {
  const order = ascending(samples.map(({ time }) => time));
  const sorted = order ? order.flatMap(at => samples[at] ?? []) : samples;
  return {
    x: sorted.map(({ time }) => time - start),
    lines: lines.map(({ label, read }) => ({
      label,
      y: sorted.map(sample => read(sample) ?? NaN)
    }))
  };
}

function cellMarks(
  cells: readonly IRunCell[],
  start: number
): { x: number; label: string }[] {
  return cells.flatMap(({ started, index }) =>
    started === null ? [] : [{ x: started - start, label: String(index) }]
  );
}

/**
 * The order that sorts values; null where they are in order.
 */
function ascending(values: readonly number[]): number[] | null {
  const isSorted = values.every(
    (one, at) => at === 0 || (values[at - 1] ?? 0) <= one
  );
  return isSorted
    ? null
    : values
        .map((_, at) => at)
        .sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
}

function percent(share: number | null): number | null {
  return share === null ? null : share * 100;
}
