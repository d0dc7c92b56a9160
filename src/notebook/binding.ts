import type * as nbformat from '@jupyterlab/nbformat';
import type { INotebookModel } from '@jupyterlab/notebook';
import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { ICellSource, RunState } from '../api/types';
import type { IFilledCell } from '../models/fills';
import type { IRunModelChange, RunModel } from '../models/run';
import type { BoundCell } from './boundCell';
import { BoundCells } from './boundCells';
import { type IEarlier, keep, putBack } from './earlier';
import { Frames } from './frames';
import { LargeOutputs } from './largeOutputs';

/**
 * What a binding is told by who made it.
 */
export interface IBindingOptions {
  /**
   * Whether this tab may write into the notebook now.
   */
  mayWrite(): boolean;

  /**
   * Whether times go into the cells' metadata, as the lab does when cells run here.
   */
  recordsTimes(): boolean;

  /**
   * How the run ended; null while it goes on.
   */
  end(): RunState | null;

  /**
   * What an earlier page knew of the same run; null where this is the first.
   */
  remembered: {
    taken: readonly string[];
    earlier: [string, IEarlier][];
  } | null;
}

const PACE = 1_000; // characters of text that are shown once a millisecond: a megabyte once a second

/**
 * An open notebook that shows a run: writes what the run puts out into the notebook's model, cell by cell.
 *
 * Only differences are written, only into cells that are what ran, and never what lies behind the latest known state:
 * so it may start over at any time, and nothing comes twice.
 */
export class Binding implements IDisposable {
  constructor(
    readonly notebook: INotebookModel,
    readonly run: RunModel,
    options: IBindingOptions
  ) {
    this._options = options;
    this._cells = new BoundCells(
      notebook,
      options.remembered?.taken ?? [],
      options.mayWrite
    );
    this._earlier = new Map(options.remembered?.earlier);
    this._keeps = options.remembered === null;
    this._frames = new Frames(() => {
      this._work();
    });
    this._large = new LargeOutputs(run, () => {
      this.refresh();
    });
    this._cells.changed.connect(this._onTaken, this);
    run.changed.connect(this._onRun, this);
    notebook.contentChanged.connect(this._onContent, this);
    void this._begin();
  }

  /**
   * Something that views show changed.
   */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /**
   * Why the run's source could not be read; null where it could.
   */
  get error(): Error | null {
    return this._error;
  }

  /**
   * Ids of cells that are the user's again.
   */
  get taken(): string[] {
    return this._cells.taken;
  }

  /**
   * What cells held before the first write.
   */
  get earlier(): ReadonlyMap<string, IEarlier> {
    return this._earlier;
  }

  /**
   * Whether the run is over and all of it is in the notebook, or can never be.
   */
  get isComplete(): boolean {
    const open = [...this._cells.all()].some(
      cell => cell.isDirty && !cell.isTaken && !cell.isEdited
    );
    return (
      this._ran !== null && this.run.isOver && !open && !this._large.isWaiting
    );
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /**
   * The cell of the notebook with an id, beside what ran; null where nothing of it ran.
   */
  cell(id: string): IFilledCell | null {
    const bound = this._cells.get(id);
    return bound
      ? bound.seen(
          this.run.cell(bound.ran.index),
          this.outputs(bound.ran.index),
          this._options.end()
        )
      : null;
  }

  /**
   * The source of the cell that ran; null where none did.
   */
  source(id: string): string | null {
    return this._cells.get(id)?.ran.source ?? null;
  }

  /**
   * What the run has for one of its cells, as a notebook has it.
   */
  outputs(index: number): nbformat.IOutput[] {
    const list = this.run.cell(index)?.outputs.list ?? [];
    return list.map(output => this._large.shown(output));
  }

  /**
   * Look at everything again: this tab may write now, or there is more to write.
   */
  refresh(): void {
    for (const cell of this._cells.all()) {
      cell.isDirty = true;
    }
    this._frames.ask();
  }

  /**
   * A cell is the user's again: for this run nothing is written into it any more.
   */
  take(id: string): void {
    this._cells.take(id);
  }

  /**
   * Put back what cells held before, where they still hold what the run put out; how many that were.
   */
  restore(): number {
    let count = 0;
    for (const [id, earlier] of this._earlier) {
      const cell = this._cells.get(id);
      if (cell && !cell.isTaken && cell.holds(this.outputs(cell.ran.index))) {
        this._cells.alone(() => {
          putBack(cell.model, earlier);
        });
        this.take(id);
        count++;
      }
    }
    return count;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._frames.dispose();
    this.run.changed.disconnect(this._onRun, this);
    this.notebook.contentChanged.disconnect(this._onContent, this);
    this._cells.dispose();
    Signal.clearData(this);
  }

  private async _begin(): Promise<void> {
    try {
      const { cells } = await this.run.source();
      this._ran = cells;
      this._error = null;
    } catch (reason) {
      this._error = reason as Error;
    }
    if (!this._isDisposed) {
      this._isStale = true;
      this._frames.ask();
    }
  }

  private _onRun(_: RunModel, change: IRunModelChange): void {
    if (this._error && !this._ran) {
      void this._begin();
    }
    const isFirst = this.run.isCaughtUp && !this._wasCaughtUp;
    this._wasCaughtUp = this.run.isCaughtUp;
    const touched = new Set(change.cells);
    for (const { cell } of change.outputs) {
      touched.add(cell);
    }
    for (const cell of this._cells.all()) {
      cell.isDirty ||= isFirst || touched.has(cell.ran.index);
    }
    this._frames.ask();
  }

  private _onContent(): void {
    if (!this._cells.isWriting) {
      this._isStale = true;
      this._frames.ask();
    }
  }

  private _work(): void {
    if (this._isStale) {
      this._isStale = false;
      this._match();
    }
    let wait = Infinity;
    if (this._options.mayWrite() && this.run.isCaughtUp) {
      const now = Date.now();
      for (const cell of this._cells.all()) {
        if (cell.isDirty && cell.due <= now) {
          this._write(cell, now);
        } else if (cell.isDirty) {
          wait = Math.min(wait, cell.due - now);
        }
      }
    }
    this._changed.emit();
    if (wait < Infinity) {
      this._frames.ask(wait);
    }
  }

  private _write(bound: BoundCell, now: number): void {
    const cell = this.run.cell(bound.ran.index);
    if (!cell || cell.started === null) {
      bound.isDirty = false; // nothing of it ran yet: what it holds stays
      return;
    }
    if (bound.isTaken || bound.isEdited) {
      return;
    }
    if (bound.model.executionState === 'running' && !bound.isRunning) {
      if (!this.notebook.collaborative) {
        this.take(bound.model.id); // runs here
        return;
      }
      bound.isRunning = true; // another browser wrote before us
    }
    const wanted = this.outputs(cell.index);
    const isOver = this._options.end() !== null;
    this._cells.alone(() => {
      bound.write(
        cell,
        wanted,
        isOver,
        this._options.recordsTimes(),
        this.notebook.collaborative === true
      );
    });
    bound.isDirty = false;
    bound.due = now + textLength(wanted) / PACE;
  }

  private _match(): void {
    if (!this._ran || this.notebook.isDisposed) {
      return;
    }
    const fresh = this._cells.match(this._ran);
    if (this._keeps) {
      this._keeps = false;
      for (const { model } of fresh) {
        this._earlier.set(model.id, keep(model));
      }
    }
  }

  private _onTaken(): void {
    this._changed.emit();
  }

  private _options: IBindingOptions;
  private _frames: Frames;
  private _large: LargeOutputs;
  private _ran: readonly ICellSource[] | null = null;
  private _cells: BoundCells;
  private _earlier: Map<string, IEarlier>;
  private _keeps: boolean;
  private _error: Error | null = null;
  private _isStale = false;
  private _wasCaughtUp = false;
  private _isDisposed = false;
  private _changed = new Signal<this, void>(this);
}

function textLength(outputs: readonly nbformat.IOutput[]): number {
  return outputs.reduce((sum, output) => {
    const text: unknown = output['text'];
    return sum + (typeof text === 'string' ? text.length : 0);
  }, 0);
}
