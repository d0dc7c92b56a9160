import { nullTranslator } from '@jupyterlab/translation';

import { ApiError } from '../../models/remote';
import { howFar, remarks } from '../../sidebar/active/progress';
import { hardware } from '../../sidebar/active/hardware';
import { heights } from '../../sidebar/heights';
import { typed } from '../../sidebar/launch/environment';
import { fieldOf, literal } from '../../sidebar/launch/field';
import { above } from '../../sidebar/launch/where';
import { readMemory } from '../../sidebar/state';
import { aRun } from '../models/lab';

const trans = nullTranslator.load('jupyter_mlx');

describe('heights', () => {
  const need = (height: number, least = 50, isHidden = false) => ({
    height,
    least,
    isHidden
  });

  it('gives what is needed, and the rest to one', () => {
    expect(heights([need(200), need(30), need(0)], 2, 500)).toEqual([
      200, 30, 270
    ]);
  });

  it('gives what is left to the last where that one is hidden', () => {
    expect(heights([need(200), need(30), need(9, 50, true)], 2, 500)).toEqual([
      200, 300, 0
    ]);
  });

  it('takes from those that can spare some where the space is short', () => {
    const found = heights([need(400), need(100), need(0, 100)], 2, 300);
    expect(found.reduce((a, b) => a + b)).toBeCloseTo(300);
    expect(found[2]).toBe(100);
    expect(found[0]).toBeGreaterThan(found[1] ?? 0);
    expect(found[1]).toBeGreaterThan(50);
  });

  it('leaves nothing without its least, even if that is too much', () => {
    expect(heights([need(400), need(0, 100)], 1, 60)).toEqual([50, 100]);
    expect(heights([need(9, 5, true)], 0, 100)).toEqual([0]);
  });
});

describe('howFar', () => {
  it('counts the cell that runs', () => {
    const run = aRun({ cells: 12, cells_done: 6, cell_running: 9 });
    expect(howFar(run, trans)).toEqual({
      done: 6,
      total: 12,
      text: 'cell 7 of 12'
    });
  });

  it('says what is made ready, as far as that is told', () => {
    const run = aRun({ state: 'preparing' });
    const progress = { message: 'unpacking', done: 1, total: 'many' };
    expect(howFar({ ...run, progress }, trans)).toEqual({
      done: 1,
      total: 0,
      text: 'unpacking'
    });
    expect(howFar(run, trans).text).toBe('getting ready');
    expect(howFar(aRun({ state: 'queued' }), trans).text).toBe(
      'waits to be sent'
    );
  });
});

describe('remarks', () => {
  const away = {
    status: { unreachable_since: '2026-01-01T10:00:00Z' }
  } as never;

  it('say that a machine is away, never that its run is over', () => {
    const [text] = remarks(aRun({ accepted: 'x' }), away, trans);
    expect(text).toMatch(/^box unreachable since .*; the run goes on there$/);
    expect(remarks(aRun(), away, trans)[0]).not.toContain('goes on');
  });

  it('tell a stop that has arrived from one that has not', () => {
    const run = aRun({ cancel_requested: '2026-01-01T10:00:00Z' });
    expect(remarks(run, null, trans)).toEqual([
      'stop asked for, not delivered yet'
    ]);
    const told = { ...run, cancel_delivered: '2026-01-01T10:00:01Z' };
    expect(remarks(told, null, trans)).toEqual(['stopping…']);
    expect(remarks({ ...told, state: 'cancelled' }, null, trans)).toEqual([]);
  });
});

it('hardware is told as far as it is known', () => {
  const nothing = {
    time: 0,
    cpu: null,
    rss: null,
    memory_used: null,
    memory_total: null,
    disk_free: null,
    net_rx: null,
    net_tx: null,
    gpus: []
  };
  const gpu = (util: number | null) => ({
    uuid: 'GPU-1',
    util,
    memory_used: null,
    memory_total: null,
    power: null
  });
  expect(hardware(nothing, trans)).toEqual([]);
  const busy = { ...nothing, cpu: 1.8, rss: 3.1e9, gpus: [gpu(90), gpu(null)] };
  expect(hardware(busy, trans)).toEqual(['GPU 90 %', 'CPU 180 %', '3.1 GB']);
});

describe('the form', () => {
  it('takes an environment as a person names it', () => {
    expect(typed(' torch ')).toBe('existing:torch');
    expect(typed('existing:torch')).toBe('existing:torch');
    expect(typed('/opt/py/bin/python')).toBe('existing:/opt/py/bin/python');
    expect(typed('dev/requirements.txt')).toBe('dev/requirements.txt');
    expect(typed('  ')).toBeNull();
  });

  it('knows where an error belongs', () => {
    const error = (field: string | null) =>
      fieldOf(new ApiError('wrong', 400, null, '', field));
    expect(error('params.lr')).toBe('params.lr');
    expect(error('environment.target')).toBe('environment');
    expect(error(null)).toBeNull();
    expect(fieldOf(new Error('x'))).toBeNull();
  });

  it('shows defaults as Python has them', () => {
    expect(
      [true, null, 1e-3, 'a', '', [1]].map(v => literal(v, trans))
    ).toEqual(['True', 'None', '0.001', 'a', 'empty text', '[1]']);
  });

  it('offers the folders above a notebook', () => {
    expect(above('a/b/nb.ipynb')).toEqual(['a/b', 'a']);
    expect(above('nb.ipynb')).toEqual([]);
  });
});

it('what was kept counts as far as it is of the right kind', () => {
  expect(
    readMemory({
      collapsed: ['machines', 3],
      sizes: [1, 'x'],
      ends: ['failed', 'running'],
      text: 4,
      isStarred: 'yes',
      isThisNotebook: true,
      sort: 'duration',
      more: 1
    })
  ).toEqual({
    collapsed: ['machines'],
    ends: ['failed'],
    isThisNotebook: true,
    sort: 'duration'
  });
});
