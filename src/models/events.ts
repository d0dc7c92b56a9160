import type * as nbformat from '@jupyterlab/nbformat';

import { readData, readOutput } from './mime';

/**
 * Events of a journal (docs/formats.md) as the page uses them. They come from a machine, so each field is judged:
 * `readEvent` answers null for what no machine of ours would write.
 */
export type JournalEvent =
  | { type: 'state'; t: number; state: string; reason: string }
  | {
      type: 'progress';
      t: number;
      phase: string;
      message: string;
      done: number | null;
      total: number | null;
    }
  | { type: 'log'; t: number; source: string; text: string }
  | {
      type: 'cell';
      t: number;
      cell: number;
      id: string;
      state: string;
      execution_count: number | null;
      duration_s: number | null;

      /**
       * Times as `metadata.execution` of a cell has them.
       */
      timing: Record<string, string>;
    }
  | {
      type: 'stream';
      t: number;
      cell: number;
      name: 'stdout' | 'stderr';
      text: string;
    }
  | { type: 'output'; t: number; cell: number; output: nbformat.IOutput }
  | { type: 'clear_output'; t: number; cell: number; wait: boolean }
  | {
      type: 'update_display';
      t: number;
      display_id: string;
      data: nbformat.IMimeBundle;
      metadata: nbformat.OutputMetadata;
    }
  | { type: 'set_output'; t: number; cell: number; outputs: nbformat.IOutput[] }
  | {
      type: 'metric';
      t: number;
      values: Record<string, number>;
      step: number | null;
      cell: number | null;
    }
  | { type: 'sample'; t: number; sample: ISample }
  | { type: 'thinned'; t: number; cell: number; bytes: number };

/**
 * A hardware sample: shares of one core, bytes.
 */
export interface ISample {
  time: number;
  cpu: number | null;
  rss: number | null;
  memory_used: number | null;
  memory_total: number | null;
  disk_free: number | null;
  net_rx: number | null;
  net_tx: number | null;
  gpus: IGpuSample[];
}

/**
 * One GPU at one moment: percent, bytes, watts.
 */
export interface IGpuSample {
  uuid: string;
  util: number | null;
  memory_used: number | null;
  memory_total: number | null;
  power: number | null;
}

type Fields = Record<string, unknown>;

/**
 * An event as it came, judged; null for what cannot be used.
 */
export function readEvent(event: Fields): JournalEvent | null {
  const t = number(event['t']) ?? 0;
  const type = text(event['type']);
  // The type comes from a machine: it may be the name of something every object has.
  const reader = Object.keys(readers).includes(type) ? readers[type] : null;
  const found = reader ? reader(event) : null;
  return found ? ({ ...found, t } as JournalEvent) : null;
}

/**
 * A number, where it is one; "NaN" and both infinities stand as texts in journals.
 */
export function metricValue(value: unknown): number | null {
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') {
    return Number(value);
  }
  if (typeof value === 'boolean') {
    return value ? 1 : 0;
  }
  return number(value);
}

const readers: Record<string, (event: Fields) => object | null> = {
  state: e => ({
    type: 'state',
    state: text(e['state']),
    reason: text(e['reason'])
  }),
  progress: e => ({
    type: 'progress',
    phase: text(e['phase']),
    message: text(e['message']),
    done: number(e['done']),
    total: number(e['total'])
  }),
  log: e => ({ type: 'log', source: text(e['source']), text: text(e['text']) }),
  cell: e =>
    inCell(e, {
      type: 'cell',
      id: text(e['id']),
      state: text(e['state']),
      execution_count: number(e['execution_count']),
      duration_s: number(e['duration_s']),
      timing: timing(e['timing'])
    }),
  stream: e =>
    inCell(e, {
      type: 'stream',
      name: e['name'] === 'stderr' ? 'stderr' : 'stdout',
      text: text(e['text'])
    }),
  output: e => {
    const output = readOutput(e['output']);
    return output && inCell(e, { type: 'output', output });
  },
  clear_output: e =>
    inCell(e, { type: 'clear_output', wait: e['wait'] === true }),
  update_display: e => ({
    type: 'update_display',
    display_id: text(e['display_id']),
    data: readData(e['data']),
    metadata: object(e['metadata']) ?? {}
  }),
  set_output: e =>
    inCell(e, {
      type: 'set_output',
      outputs: array(e['outputs'])
        .map(readOutput)
        .filter(one => one !== null)
    }),
  metric: e => ({
    type: 'metric',
    values: numbers(object(e['values']) ?? {}),
    step: number(e['step']),
    cell: number(e['cell'])
  }),
  sample: e => ({ type: 'sample', sample: readSample(e) }),
  thinned: e => inCell(e, { type: 'thinned', bytes: number(e['bytes']) ?? 0 })
};

const times = [
  'iopub.execute_input',
  'iopub.status.busy',
  'iopub.status.idle',
  'shell.execute_reply'
];

function timing(value: unknown): Record<string, string> {
  const given = object(value) ?? {};
  const found = times.map(name => [name, text(given[name]).slice(0, 40)]);
  return Object.fromEntries(found.filter(([, time]) => time !== '')) as Record<
    string,
    string
  >;
}

function readSample(e: Fields): ISample {
  return {
    time: number(e['t']) ?? 0,
    cpu: number(e['cpu']),
    rss: number(e['rss']),
    memory_used: number(e['memory_used']),
    memory_total: number(e['memory_total']),
    disk_free: number(e['disk_free']),
    net_rx: number(e['net_rx']),
    net_tx: number(e['net_tx']),
    gpus: array(e['gpus'])
      .map(object)
      .filter(one => one !== null)
      .map(gpu => ({
        uuid: text(gpu['uuid']),
        util: number(gpu['util']),
        memory_used: number(gpu['memory_used']),
        memory_total: number(gpu['memory_total']),
        power: number(gpu['power'])
      }))
  };
}

function inCell(event: Fields, rest: object): object | null {
  const cell = number(event['cell']);
  return cell !== null && Number.isInteger(cell) && cell >= 0
    ? { ...rest, cell }
    : null;
}

function numbers(values: Fields): Record<string, number> {
  const found: Record<string, number> = Object.create(null) as Record<
    string,
    number
  >;
  for (const [key, value] of Object.entries(values)) {
    const read = metricValue(value);
    if (read !== null) {
      found[key] = read;
    }
  }
  return found;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function number(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function array(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function object(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : null;
}
