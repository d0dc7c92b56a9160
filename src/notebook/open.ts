import type * as nbformat from '@jupyterlab/nbformat';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { type ISignal, Signal } from '@lumino/signaling';

import type { IOpenNotebook, IOpenNotebooks } from '../models/document';
import { METADATA_KEY } from '../models/target';

/**
 * The notebooks the lab has open.
 */
export class OpenNotebooks implements IOpenNotebooks {
  constructor(tracker: INotebookTracker) {
    this._tracker = tracker;
    tracker.currentChanged.connect(this._onCurrent, this);
    this._onCurrent();
  }

  get current(): IOpenNotebook | null {
    return this._panel && !this._panel.isDisposed
      ? new OpenNotebook(this._panel)
      : null;
  }

  get currentChanged(): ISignal<this, IOpenNotebook | null> {
    return this._currentChanged;
  }

  get edited(): ISignal<this, IOpenNotebook> {
    return this._edited;
  }

  get(path: string): IOpenNotebook | null {
    const panel = this._tracker.find(one => one.context.path === path);
    return panel ? new OpenNotebook(panel) : null;
  }

  private _onCurrent(): void {
    const panel = this._tracker.currentWidget;
    if (panel === this._panel) {
      return;
    }
    if (this._panel && !this._panel.isDisposed) {
      this._panel.context.pathChanged.disconnect(this._onPath, this);
      this._panel.context.model.contentChanged.disconnect(this._onEdit, this);
      this._panel.context.model.stateChanged.disconnect(this._onEdit, this);
    }
    this._panel = panel;
    if (panel) {
      panel.context.pathChanged.connect(this._onPath, this);
      void panel.context.ready.then(() => {
        if (panel === this._panel && !panel.isDisposed) {
          panel.context.model.contentChanged.connect(this._onEdit, this);
          panel.context.model.stateChanged.connect(this._onEdit, this);
          this._onPath();
        }
      });
    }
    this._onPath();
  }

  private _onPath(): void {
    this._currentChanged.emit(this.current);
  }

  private _onEdit(): void {
    const { current } = this;
    if (current) {
      this._edited.emit(current);
    }
  }

  private _tracker: INotebookTracker;
  private _panel: NotebookPanel | null = null;
  private _currentChanged = new Signal<this, IOpenNotebook | null>(this);
  private _edited = new Signal<this, IOpenNotebook>(this);
}

class OpenNotebook implements IOpenNotebook {
  constructor(panel: NotebookPanel) {
    this._panel = panel;
  }

  get path(): string {
    return this._panel.context.path;
  }

  get isDirty(): boolean {
    return this._panel.context.model.dirty;
  }

  get activeCell(): number {
    return this._panel.content.activeCellIndex;
  }

  get metadata(): unknown {
    return this._panel.context.model.getMetadata(METADATA_KEY) as unknown;
  }

  content(): nbformat.INotebookContent {
    const whole =
      this._panel.context.model.toJSON() as nbformat.INotebookContent;
    const cells = whole.cells.map(cell =>
      cell.cell_type === 'code'
        ? { ...cell, outputs: [], execution_count: null }
        : cell
    );
    return { ...whole, cells };
  }

  setMetadata(value: object | null): void {
    const { model } = this._panel.context;
    if (value === null) {
      model.deleteMetadata(METADATA_KEY);
    } else {
      model.setMetadata(METADATA_KEY, value);
    }
  }

  reveal(cell: number): void {
    const { content } = this._panel;
    content.activeCellIndex = cell;
    void content.scrollToItem(cell, 'center');
  }

  private _panel: NotebookPanel;
}
