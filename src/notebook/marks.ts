import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { IDisposable } from '@lumino/disposable';
import { Widget } from '@lumino/widgets';

import type { IRemote } from '../models/remote';
import { Commands } from '../ui/commands';
import { CellMark, type IMarkActions } from './cellMark';
import type { Fills } from './fills';
import { Frames } from './frames';

/**
 * What marks read and fire.
 */
export interface IMarksOptions {
  fills: Fills;
  remote: IRemote;
  commands: CommandRegistry;
  trans: TranslationBundle;
}

const TICK = 1_000; // ms between two looks at a clock that runs

/**
 * The marks on the cells of one view of a notebook. Drawn on the page alone: the model knows nothing of them.
 */
export class Marks implements IDisposable {
  constructor(panel: NotebookPanel, options: IMarksOptions) {
    this._panel = panel;
    this._options = options;
    this._frames = new Frames(() => {
      this._draw();
    });
    options.fills.changed.connect(this._onFill, this);
    panel.content.modelContentChanged.connect(this._onContent, this);
    panel.content.cellInViewportChanged.connect(this._onContent, this);
    panel.disposed.connect(this.dispose, this);
    this._frames.ask();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._frames.dispose();
    this._options.fills.changed.disconnect(this._onFill, this);
    this._banner?.dispose();
  }

  private _onFill(_: unknown, path: string): void {
    if (this._path().endsWith(path)) {
      this._frames.ask();
    }
  }

  private _onContent(): void {
    if (this._marks.size > 0 || this._options.fills.of(this._path())) {
      this._frames.ask();
    }
  }

  private _draw(): void {
    const { fills, remote } = this._options;
    const fill = fills.of(this._path());
    const run = fill && remote.runs.get(fill.run);
    const gone = new Set(this._marks.keys());
    let isRunning = false;
    if (fill && run && fill.hasMarks) {
      for (const cell of this._panel.content.widgets) {
        const filled = fill.cell(cell.model.id);
        if (filled && !filled.isTaken) {
          gone.delete(cell);
          this._mark(cell).show(filled, run, fill.mode === 'filling');
          isRunning ||= filled.state === 'running';
        }
      }
    }
    for (const cell of gone) {
      this._marks.get(cell)?.remove();
      this._marks.delete(cell);
    }
    this._showBanner(
      fill?.mode === 'elsewhere' && !this._panel.context.model.collaborative
        ? (run?.number ?? null)
        : null
    );
    if (isRunning) {
      this._frames.ask(TICK);
    }
  }

  private _mark(cell: Cell): CellMark {
    let mark = this._marks.get(cell);
    if (!mark) {
      mark = new CellMark(cell, this._options.trans, this._actions);
      this._marks.set(cell, mark);
      if (cell.isPlaceholder()) {
        void cell.ready.then(() => {
          this._frames.ask();
        });
      }
    }
    return mark;
  }

  /**
   * Another window fills the file this one shows; here it stays as it was until somebody chooses.
   */
  private _showBanner(run: number | null): void {
    if (run === null) {
      this._banner?.dispose();
      this._banner = null;
    } else if (!this._banner) {
      this._banner = new Widget({ node: this._bannerNode(run) });
      this._banner.addClass('jp-MlxFollowed');
      this._panel.contentHeader.addWidget(this._banner);
    }
  }

  private _bannerNode(run: number): HTMLElement {
    const { trans, commands } = this._options;
    const node = document.createElement('div');
    const text = document.createElement('span');
    text.textContent = trans.__(
      'Run #%1 is followed in another window: its outputs come there.',
      run
    );
    const take = document.createElement('button');
    take.type = 'button';
    take.className = 'jp-MlxButton';
    take.textContent = trans.__('Take over');
    take.addEventListener('click', () => {
      void commands.execute(Commands.takeFilling, { path: this._path() });
    });
    node.setAttribute('role', 'status');
    node.append(text, take);
    return node;
  }

  private _path(): string {
    return this._panel.context.path;
  }

  private _actions: IMarkActions = {
    show: cell => {
      const run = this._options.fills.of(this._path())?.run;
      void this._options.commands.execute(Commands.openRun, { run, cell });
    },
    compare: id => {
      const cell = this._panel.content.widgets.findIndex(
        ({ model }) => model.id === id
      );
      void this._options.commands.execute(Commands.showDifference, {
        path: this._path(),
        cell
      });
    }
  };

  private _panel: NotebookPanel;
  private _options: IMarksOptions;
  private _frames: Frames;
  private _marks = new Map<Cell, CellMark>();
  private _banner: Widget | null = null;
  private _isDisposed = false;
}
