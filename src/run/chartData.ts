import type { TranslationBundle } from '@jupyterlab/translation';

import type { ISample } from '../models/events';
import type { IRunCell } from '../models/run';
import type { IMetricSeries } from '../models/series';
import type { IChartData } from './metricChart';
import { cellNumber } from './words';

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
  const data = { x, lines: [{ name: series.key, y }] };
  return axis === 'time' ? { ...data, marks: cellMarks(cells, start) } : data;
}

/**
 * Keys by what stands before their last slash, each group in the order it first came. Those with nothing before it, or
 * whose group has no other, come first and together.
 */
export function grouped(keys: Iterable<string>): Map<string, string[]> {
  const all = [...keys].map(key => ({
    key,
    prefix: key.slice(0, Math.max(0, key.lastIndexOf('/')))
  }));
  const sizes = new Map<string, number>();
  for (const { prefix } of all) {
    sizes.set(prefix, (sizes.get(prefix) ?? 0) + 1);
  }
  const groups = new Map<string, string[]>([['', []]]);
  for (const { key, prefix } of all) {
    const group = sizes.get(prefix) === 1 ? '' : prefix;
    groups.set(group, [...(groups.get(group) ?? []), key]);
  }
  if (groups.get('')?.length === 0) {
    groups.delete('');
  }
  return groups;
}

/**
 * What a hardware chart reads from a sample; the names of its lines, and their values.
 */
export interface IHardware {
  id: 'cpu' | 'memory' | 'gpu' | 'gpuMemory';
  lines: { name: string; read: (sample: ISample) => number | null }[];
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
      name: trans.__('GPU %1', at),
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
      lines: [{ name: trans.__('CPU'), read: one => percent(one.cpu) }]
    },
    {
      id: 'memory',
      lines: [
        { name: trans.__('run'), read: ({ rss }) => rss },
        { name: trans.__('machine'), read: one => one.memory_used }
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
    lines: lines.map(({ name, read }) => ({
      name,
      y: sorted.map(sample => read(sample) ?? NaN)
    }))
  };
}

function cellMarks(
  cells: readonly IRunCell[],
  start: number
): { x: number; name: string }[] {
  return cells.flatMap(({ started, index }) =>
    started === null
      ? []
      : [{ x: started - start, name: String(cellNumber(index)) }]
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
