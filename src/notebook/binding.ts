import {
  type ICellModel,
  type ICodeCellModel,
  isCodeCellModel
} from '@jupyterlab/cells';
import type * as nbformat from '@jupyterlab/nbformat';
import type { INotebookModel } from '@jupyterlab/notebook';
import type { IOutputAreaModel } from '@jupyterlab/outputarea';
import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { ICellSource, RunState } from '../api/types';
import type { IFilledCell } from '../models/fills';
import type { IRunModelChange, RunModel } from '../models/run';
import { BoundCell } from './boundCell';
import { type IEarlier, keep, putBack } from './earlier';
import { Frames } from './frames';
import { LargeOutputs } from './largeOutputs';
import { matchCells } from './matching';

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
    this._taken = new Set(options.remembered?.taken);
    this._earlier = new Map(options.remembered?.earlier);
    this._keeps = options.remembered === null;
    this._frames = new Frames(() => {
      this._work();
    });
    this._large = new LargeOutputs(run, () => {
      this.refresh();
    });
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
    return [...this._taken];
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
    const open = [...this._cells.values()].some(
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
    this._cells.forEach(cell => {
      cell.isDirty = true;
    });
    this._frames.ask();
  }

  /**
   * A cell is the user's again: for this run nothing is written into it any more.
   */
  take(id: string): void {
    const cell = this._cells.get(id);
    if (cell && !cell.isTaken) {
      cell.isTaken = true;
      cell.isRunning = false; // whoever took it says what it does
      this._taken.add(id);
      this._changed.emit();
    }
  }

  /**
   * Put back what cells held before, where they still hold what the run put out; how many that were.
   */
  restore(): number {
    let count = 0;
    for (const [id, earlier] of this._earlier) {
      const cell = this._cells.get(id);
      if (cell && !cell.isTaken && cell.holds(this.outputs(cell.ran.index))) {
        this._alone(() => {
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
    for (const cell of this._cells.values()) {
      this._leave(cell);
    }
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
    for (const cell of this._cells.values()) {
      cell.isDirty ||= isFirst || touched.has(cell.ran.index);
    }
    this._frames.ask();
  }

  private _onContent(): void {
    if (!this._isWriting) {
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
      for (const cell of this._cells.values()) {
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
    this._alone(() => {
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

  /**
   * Find for each cell of the notebook the cell that ran; those that moved have new models.
   */
  private _match(): void {
    if (!this._ran || this.notebook.isDisposed) {
      return;
    }
    const code = [...this.notebook.cells].filter(isCode);
    const sources = code.map(({ id, sharedModel }) => ({
      id,
      source: sharedModel.getSource()
    }));
    const matches = this._matches(sources);
    const isFirst = this._keeps;
    this._keeps = false;
    for (const model of code) {
      const ran = matches.get(model.id);
      const known = this._cells.get(model.id);
      if (ran && known?.model !== model) {
        this._bind(model, ran);
        if (isFirst) {
          this._earlier.set(model.id, keep(model));
        }
      }
    }
    const there = new Set(code.map(model => model.id));
    for (const [id, cell] of this._cells) {
      if (!there.has(id)) {
        if (cell.isRunning) {
          this._leftRunning.add(id);
        }
        this._leave(cell);
        this._cells.delete(id);
      }
    }
  }

  /**
   * Matching by order holds only once: later edits must not make other pairs.
   */
  private _matches(
    document: { id: string; source: string }[]
  ): Map<string, ICellSource> {
    const ran = this._ran ?? [];
    const ids = new Set(ran.map(cell => cell.id));
    if (this._pairs === null || document.some(({ id }) => ids.has(id))) {
      this._pairs = matchCells(ran, document);
    }
    return this._pairs;
  }

  private _bind(model: ICodeCellModel, ran: ICellSource): void {
    const before = this._cells.get(model.id);
    if (before) {
      this._leave(before);
    }
    const cell = new BoundCell(model, ran);
    cell.isTaken = this._taken.has(model.id);
    cell.isRunning =
      this._leftRunning.delete(model.id) && model.executionState === 'running';
    this._cells.set(model.id, cell);
    model.outputs.changed.connect(this._onOutputs, this);
    model.stateChanged.connect(this._onState, this);
  }

  private _leave(cell: BoundCell): void {
    Signal.disconnectBetween(cell.model, this);
    if (!cell.model.isDisposed) {
      Signal.disconnectBetween(cell.model.outputs, this);
      if (this._options.mayWrite()) {
        cell.rest();
      }
    }
  }

  /**
   * Somebody else changed outputs: whoever it was, the cell is theirs. Of a document that is shared it may be a writer
   * before us, so there only running it counts. Trust that is given or taken away replaces outputs by themselves.
   */
  private _onOutputs(
    outputs: IOutputAreaModel,
    { type }: IOutputAreaModel.ChangedArgs
  ): void {
    if (this._isWriting || this.notebook.collaborative || type === 'set') {
      return;
    }
    for (const [id, cell] of this._cells) {
      if (!cell.model.isDisposed && cell.model.outputs === outputs) {
        this.take(id);
      }
    }
  }

  private _onState(cell: ICellModel, { name }: { name: string }): void {
    if (
      name === 'executionState' &&
      !this._isWriting &&
      isCode(cell) &&
      cell.executionState === 'running' &&
      this._options.mayWrite()
    ) {
      this.take(cell.id);
    }
  }

  private _alone(write: () => void): void {
    this._isWriting = true;
    try {
      write();
    } finally {
      this._isWriting = false;
    }
  }

  private _options: IBindingOptions;
  private _frames: Frames;
  private _large: LargeOutputs;
  private _ran: readonly ICellSource[] | null = null;
  private _pairs: Map<string, ICellSource> | null = null;
  private _cells = new Map<string, BoundCell>();
  private _leftRunning = new Set<string>(); // deleted with our sign on them, which undo brings back
  private _taken: Set<string>;
  private _earlier: Map<string, IEarlier>;
  private _keeps: boolean;
  private _error: Error | null = null;
  private _isStale = false;
  private _isWriting = false;
  private _wasCaughtUp = false;
  private _isDisposed = false;
  private _changed = new Signal<this, void>(this);
}

function isCode(cell: ICellModel): cell is ICodeCellModel {
  return isCodeCellModel(cell);
}

function textLength(outputs: readonly nbformat.IOutput[]): number {
  return outputs.reduce((sum, output) => {
    const text: unknown = output['text'];
    return sum + (typeof text === 'string' ? text.length : 0);
  }, 0);
}
