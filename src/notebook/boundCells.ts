import {
  type ICellModel,
  type ICodeCellModel,
  isCodeCellModel
} from '@jupyterlab/cells';
import type { INotebookModel } from '@jupyterlab/notebook';
import type { IOutputAreaModel } from '@jupyterlab/outputarea';
import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { ICellSource } from '../api/types';
import { BoundCell } from './boundCell';
import { matchCells } from './matching';

/**
 * The cells of a notebook that a run has something for, kept right while the notebook is edited; and which of them the
 * user took back.
 */
export class BoundCells implements IDisposable {
  /**
   * @param mayWrite Whether this tab writes into the notebook: only then what others do to a cell takes it.
   */
  constructor(
    notebook: INotebookModel,
    taken: Iterable<string>,
    mayWrite: () => boolean
  ) {
    this._notebook = notebook;
    this._taken = new Set(taken);
    this._mayWrite = mayWrite;
  }

  /**
   * A cell is the user's again.
   */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /**
   * Ids of cells that are the user's.
   */
  get taken(): string[] {
    return [...this._taken];
  }

  /**
   * Whether it is us who changes the notebook at this moment.
   */
  get isWriting(): boolean {
    return this._isWriting;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  get(id: string): BoundCell | null {
    return this._cells.get(id) ?? null;
  }

  all(): IterableIterator<BoundCell> {
    return this._cells.values();
  }

  /**
   * Change the notebook so that it is known as ours.
   */
  alone(write: () => void): void {
    this._isWriting = true;
    try {
      write();
    } finally {
      this._isWriting = false;
    }
  }

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
   * Find for each cell of the notebook the cell that ran; those that moved have new models. Gives what was bound now.
   */
  match(ran: readonly ICellSource[]): BoundCell[] {
    const code = [...this._notebook.cells].filter(cell =>
      isCodeCellModel(cell)
    );
    const matches = this._matches(ran, code);
    const fresh: BoundCell[] = [];
    for (const model of code) {
      const cell = matches.get(model.id);
      if (cell && this._cells.get(model.id)?.model !== model) {
        fresh.push(this._bind(model, cell));
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
    return fresh;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._cells.forEach(cell => {
        this._leave(cell);
      });
      Signal.clearData(this);
    }
  }

  /**
   * Matching by order holds only once: later edits must not make other pairs.
   */
  private _matches(
    ran: readonly ICellSource[],
    code: readonly ICodeCellModel[]
  ): Map<string, ICellSource> {
    const ids = new Set(ran.map(cell => cell.id));
    if (this._pairs === null || code.some(({ id }) => ids.has(id))) {
      const document = code.map(({ id, sharedModel }) => ({
        id,
        source: sharedModel.getSource()
      }));
      this._pairs = matchCells(ran, document);
    }
    return this._pairs;
  }

  private _bind(model: ICodeCellModel, ran: ICellSource): BoundCell {
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
    return cell;
  }

  private _leave(cell: BoundCell): void {
    Signal.disconnectBetween(cell.model, this);
    if (!cell.model.isDisposed) {
      Signal.disconnectBetween(cell.model.outputs, this);
      if (this._mayWrite()) {
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
    if (this._isWriting || this._notebook.collaborative || type === 'set') {
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
      isCodeCellModel(cell) &&
      cell.executionState === 'running' &&
      this._mayWrite()
    ) {
      this.take(cell.id);
    }
  }

  private _notebook: INotebookModel;
  private _taken: Set<string>;
  private _mayWrite: () => boolean;
  private _cells = new Map<string, BoundCell>();
  private _pairs: Map<string, ICellSource> | null = null;
  private _leftRunning = new Set<string>(); // deleted with our sign on them, which undo brings back
  private _isWriting = false;
  private _isDisposed = false;
  private _changed = new Signal<this, void>(this);
}
