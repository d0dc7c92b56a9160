import { nullTranslator } from '@jupyterlab/translation';

import type { ISample } from '../../models/events';
import { CellOutputs } from '../../models/outputs';
import type { IRunCell } from '../../models/run';
import { Metrics } from '../../models/series';
import {
  grouped,
  hardware,
  hardwareData,
  metricData
} from '../../run/chartData';
import { metricCsv } from '../../run/csv';

const trans = nullTranslator.load('jupyter_mlx');

function logged(...points: [number | null, number, number][]) {
  const metrics = new Metrics();
  points.forEach(([step, time, value]) =>
    metrics.add({ loss: value }, step, time)
  );
  const series = metrics.series.get('loss');
  if (!series) {
    throw new Error('nothing logged');
  }
  return series;
}

function sample(time: number, some: Partial<ISample> = {}): ISample {
  return {
    time,
    cpu: null,
    rss: null,
    memory_used: null,
    memory_total: null,
    disk_free: null,
    net_rx: null,
    net_tx: null,
    gpus: [],
    ...some
  };
}

describe('metricData', () => {
  it('counts steps, or seconds from the start with marks of cells', () => {
    const series = logged([0, 100, 3], [5, 104, 2]);
    expect(metricData(series, 'step', 90)).toEqual({
      x: [0, 5],
      lines: [{ name: 'loss', y: [3, 2] }]
    });
    const cell: IRunCell = {
      index: 4,
      id: '',
      state: 'running',
      started: 95,
      ended: null,
      duration_s: null,
      executionCount: null,
      timing: {},
      outputs: new CellOutputs()
    };
    expect(metricData(series, 'time', 90, [cell])).toMatchObject({
      x: [10, 14],
      marks: [{ x: 5, name: '5' }]
    });
  });

  it('puts steps that go back in order, those of a place in the order they came', () => {
    const series = logged([2, 1, 20], [1, 2, 10], [2, 3, 21]);
    expect(metricData(series, 'step', 0)).toEqual({
      x: [1, 2, 2],
      lines: [{ name: 'loss', y: [10, 20, 21] }]
    });
    expect(series.step).toEqual([2, 1, 2]);
  });
});

describe('grouped', () => {
  it('groups by prefix and leaves those that are alone together', () => {
    const keys = ['loss', 'val/acc', 'train/a', 'train/b', '__proto__'];
    expect([...grouped(keys)]).toEqual([
      ['', ['loss', 'val/acc', '__proto__']],
      ['train', ['train/a', 'train/b']]
    ]);
  });

  it('has no group for nothing', () => {
    expect(grouped([]).size).toBe(0);
  });
});

describe('hardware', () => {
  it('shows what samples tell, a line for each GPU', () => {
    const gpu = (uuid: string, util: number) => ({
      uuid,
      util,
      memory_used: null,
      memory_total: null,
      power: null
    });
    const samples = [
      sample(10, { cpu: 0.5, gpus: [gpu('a', 10)] }),
      sample(12, { cpu: 1, gpus: [gpu('a', 20), gpu('b', 90)] })
    ];
    const found = hardware(samples, trans);
    expect(found.map(({ id }) => id)).toEqual(['gpu', 'cpu']);
    const [gpus, cpu] = found.map(one => hardwareData(one, samples, 10));
    expect(gpus?.lines.map(({ y }) => y)).toEqual([
      [10, 20],
      [NaN, 90]
    ]);
    expect(cpu).toMatchObject({ x: [0, 2], lines: [{ y: [50, 100] }] });
  });
});

describe('metricCsv', () => {
  it('has a row for each point and a key no spreadsheet takes for a formula', () => {
    const series = { ...logged([0, 0, 0.5], [1, 1, NaN]), key: '=1,"a"' };
    expect(metricCsv(series)).toBe(
      `step,time,"'=1,""a"""\n0,1970-01-01T00:00:00.000Z,0.5\n1,1970-01-01T00:00:01.000Z,NaN\n`
    );
  });
});
