import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { Api } from '../api/client';
import type { IBatch, Stream } from '../api/stream';
import type { IExecutedNotebook, IRun, IRunSource } from '../api/types';
import { type ISample, type JournalEvent, readEvent } from './events';
import { Log } from './log';
import { CellOutputs, type OutputChange } from './outputs';
import { Metrics } from './series';

/**
 * One code cell of a run, as far as it has come.
 */
export interface IRunCell {
  /**
   * Its index in the run's notebook.
   */
  index: number;
  id: string;

  /**
   * waiting, running, succeeded, failed, skipped or cancelled.
   */
  state: string;

  /**
   * Seconds since the epoch, the machine's clock.
   */
  started: number | null;
  ended: number | null;
  duration_s: number | null;
  executionCount: number | null;

  /**
   * Times as `metadata.execution` has them.
   */
  timing: Record<string, string>;
  outputs: CellOutputs;
}

/**
 * What one frame changed.
 */
export interface IRunModelChange {
  /**
   * Changes to outputs in order, with the index of their cell; an `update_display` may reach several cells.
   */
  outputs: { cell: number; change: OutputChange }[];

  /**
   * Indices of cells whose state, time or count changed.
   */
  cells: Set<number>;

  /**
   * Keys of metrics that have points more.
   */
  metrics: Set<string>;
  log: boolean;
  samples: boolean;

  /**
   * Whether `detail` was read again.
   */
  detail: boolean;
}

const MOST_SAMPLES = 5_000;

/**
 * One run with all it told, folded from its journal as that comes in; shared by all views of the run.
 */
export class RunModel implements IDisposable {
  constructor(
    readonly id: string,
    api: Api,
    stream: Stream
  ) {
    this._api = api;
    this._following = stream.follow(id, batch => {
      this._take(batch);
    });
    void this.refresh();
  }

  readonly log = new Log();
  readonly metrics = new Metrics();
  readonly samples: ISample[] = [];

  get changed(): ISignal<this, IRunModelChange> {
    return this._changed;
  }

  /**
   * The run as the server has it; null until the first answer. State and counts are fresher in `Runs`.
   */
  get detail(): IRun | null {
    return this._detail;
  }

  /**
   * Why `detail` could not be read; null where it could.
   */
  get error(): Error | null {
    return this._error;
  }

  /**
   * The code cells in order.
   */
  get cells(): IRunCell[] {
    return [...this._cells.values()].sort((a, b) => a.index - b.index);
  }

  /**
   * Whether all that the run ever told has been read.
   */
  get isOver(): boolean {
    return this._isOver;
  }

  /**
   * Whether everything that had happened before we asked has been read: what the model shows is no state of the past.
   */
  get isCaughtUp(): boolean {
    return this._isCaughtUp;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  cell(index: number): IRunCell | null {
    return this._cells.get(index) ?? null;
  }

  /**
   * Read the run itself again: outputs, environment, exit.
   */
  async refresh(): Promise<void> {
    try {
      this._detail = await this._api.run(this.id);
      this._error = null;
      for (const { index, id } of this._detail.cells) {
        this._cell(index).id = id;
      }
    } catch (reason) {
      this._error = reason as Error;
    }
    if (!this._isDisposed) {
      this._changed.emit({ ...nothing(), detail: true });
    }
  }

  /**
   * The notebook that ran, whole media included. Raises `ApiError`.
   */
  notebook(): Promise<IExecutedNotebook> {
    return this._api.notebook(this.id);
  }

  /**
   * The code cells as they were sent; asked for once. Raises `ApiError`.
   */
  source(): Promise<IRunSource> {
    this._source ??= this._api.source(this.id).catch((reason: unknown) => {
      this._source = null;
      throw reason;
    });
    return this._source;
  }

  /**
   * An output that was too large for an event, as text. Raises `ApiError`.
   */
  media(sha256: string): Promise<string> {
    return this._api.media(this.id, sha256);
  }

  /**
   * The address of a file the run left behind.
   */
  outputUrl(path: string, area?: string): string {
    return this._api.outputUrl(this.id, path, area);
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._following.dispose();
      Signal.clearData(this);
    }
  }

  private _take({ events, over, next, end }: IBatch): void {
    const change = nothing();
    let ask = over && !this._isOver;
    for (const { event } of events) {
      const read = readEvent(event);
      if (read) {
        this._apply(read, change);
      }
      ask ||= asksAgain.has(String(event['type']));
    }
    this._isOver ||= over;
    this._goal ??= end;
    this._isCaughtUp ||= over || next >= this._goal;
    this._changed.emit(change);
    if (ask) {
      void this.refresh();
    }
  }

  private _apply(event: JournalEvent, change: IRunModelChange): void {
    switch (event.type) {
      case 'cell':
        this._state(event, change);
        break;
      case 'stream':
        this.log.add(event.name, event.cell, event.t, event.text);
        change.log = true;
        this._output(event.cell, event, change);
        break;
      case 'output':
      case 'clear_output':
      case 'set_output':
      case 'thinned':
        this._output(event.cell, event, change);
        break;
      case 'update_display':
        for (const index of this._cells.keys()) {
          this._output(index, event, change);
        }
        break;
      case 'log':
        this.log.add(event.source, null, event.t, event.text + '\n');
        change.log = true;
        break;
      case 'metric':
        for (const key of this.metrics.add(event.values, event.step, event.t)) {
          change.metrics.add(key);
        }
        break;
      case 'sample':
        this.samples.push(event.sample);
        this.samples.splice(0, this.samples.length - MOST_SAMPLES);
        change.samples = true;
        break;
    }
  }

  private _state(
    event: Extract<JournalEvent, { type: 'cell' }>,
    change: IRunModelChange
  ): void {
    const cell = this._cell(event.cell);
    if (event.state === 'running') {
      cell.started = event.t;
      cell.ended = null;
      for (const one of cell.outputs.restart()) {
        change.outputs.push({ cell: cell.index, change: one });
      }
    } else {
      cell.ended = event.t;
    }
    cell.id = event.id || cell.id;
    cell.state = event.state;
    cell.duration_s = event.duration_s;
    cell.executionCount = event.execution_count ?? cell.executionCount;
    cell.timing = event.timing;
    change.cells.add(cell.index);
  }

  private _output(
    index: number,
    event: JournalEvent,
    change: IRunModelChange
  ): void {
    for (const one of this._cell(index).outputs.apply(event)) {
      change.outputs.push({ cell: index, change: one });
    }
  }

  private _cell(index: number): IRunCell {
    let cell = this._cells.get(index);
    if (!cell) {
      cell = {
        index,
        id: '',
        state: 'waiting',
        started: null,
        ended: null,
        duration_s: null,
        executionCount: null,
        timing: {},
        outputs: new CellOutputs()
      };
      this._cells.set(index, cell);
    }
    return cell;
  }

  private _api: Api;
  private _following: IDisposable;
  private _cells = new Map<number, IRunCell>();
  private _detail: IRun | null = null;
  private _error: Error | null = null;
  private _source: Promise<IRunSource> | null = null;
  private _goal: number | null = null;
  private _isCaughtUp = false;
  private _isOver = false;
  private _isDisposed = false;
  private _changed = new Signal<this, IRunModelChange>(this);
}

// After these the run as the server has it says more than before.
const asksAgain = new Set(['state', 'environment', 'outputs', 'exit']);

function nothing(): IRunModelChange {
  return {
    outputs: [],
    cells: new Set(),
    metrics: new Set(),
    log: false,
    samples: false,
    detail: false
  };
}
