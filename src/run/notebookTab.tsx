import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { Panel, Widget } from '@lumino/widgets';
import * as React from 'react';

import { ApiError } from '../api/client';
import type { IRunModelChange } from '../models/run';
import { Notice } from '../ui/notice';
import { CellView } from './cellView';
import { hasMedia, type IExecuted, readExecuted } from './executed';
import { FailurePart } from './failure';
import type { ShownRun } from './shownRun';

const MEDIA_PAUSE = 1000; // ms after which large values are asked for, so that several are one question

/**
 * The notebook that ran, read-only, with its outputs as they come. Nothing in it runs: outputs are untrusted.
 */
export class NotebookTab extends Panel {
  constructor(private _run: ShownRun) {
    super();
    this.addClass('jp-MlxNotebook');
    this.node.tabIndex = 0;
    this._view = new IntersectionObserver(
      entries => {
        this._onView(entries);
      },
      { root: this.node, rootMargin: '600px 0px' }
    );
    // What stands above the cell that was gone to gets its height late; it stays in view until the user moves on.
    this._sizes = new ResizeObserver(() => {
      this._scroll();
    });
    for (const kind of ['wheel', 'pointerdown', 'keydown', 'touchmove']) {
      this.node.addEventListener(
        kind,
        () => {
          this._pinned = null;
        },
        { passive: true }
      );
    }
    _run.told.connect(this._onTold, this);
    _run.revealed.connect(this._onReveal, this);
    // A link of the lab that runs a command stands in no notebook of ours that nobody vouched for.
    this.node.addEventListener('click', stopCommandLinks, { capture: true });
  }

  override dispose(): void {
    if (!this.isDisposed) {
      window.clearTimeout(this._timer);
      this._view.disconnect();
      this._sizes.disconnect();
      this._run.told.disconnect(this._onTold, this);
      this._run.revealed.disconnect(this._onReveal, this);
      super.dispose();
    }
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this._wake();
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    if (this.isVisible) {
      this._wake();
    }
  }

  private _wake(): void {
    if (!this._executed) {
      void this._load();
    }
    const stale = [...this._stale];
    this._stale.clear();
    for (const index of stale) {
      this._redraw(index);
    }
  }

  private async _load(): Promise<void> {
    if (this._isLoading) {
      return;
    }
    this._isLoading = true;
    const { trans } = this._run.context;
    this._empty();
    this._notice(<Notice title={trans.__('Reading the notebook that ran…')} />);
    try {
      const executed = readExecuted(await this._run.model.notebook());
      if (!this.isDisposed) {
        this._build(executed);
      }
    } catch (reason) {
      if (!this.isDisposed) {
        this._say(reason);
      }
    } finally {
      this._isLoading = false;
    }
  }

  private _build(executed: IExecuted): void {
    this._executed = executed;
    this._empty();
    for (const cell of executed.cells) {
      const view = new CellView(this._run, cell, executed);
      view.showState(this._run.model.cell(cell.index));
      this._cells.set(cell.index, view);
      this.addWidget(view);
      this._view.observe(view.node);
      this._sizes.observe(view.node);
    }
    if (executed.cells.length === 0) {
      this._notice(<Notice title={this._run.context.trans.__('No cells')} />);
    }
    this._explain();
    this._goTo(this._run.wantedCell ?? this._interesting());
  }

  /**
   * Below the cell the run failed at stands what is known, and what to do.
   */
  private _explain(): void {
    const { failedCell } = this._run;
    const view = failedCell === null ? null : this._cells.get(failedCell);
    if (view && !this._failure) {
      this._failure = new FailurePart(this._run, 'below');
      this.insertWidget(this.widgets.indexOf(view) + 1, this._failure);
    }
  }

  private _interesting(): number | null {
    const { model, failedCell } = this._run;
    const running = model.cells.find(({ state }) => state === 'running');
    return failedCell ?? running?.index ?? null;
  }

  private _goTo(index: number | null): void {
    const view = index === null ? null : this._cells.get(index);
    if (view) {
      this._redraw(view.index);
      this._pinned = view;
      this._scroll();
      view.node.focus({ preventScroll: true });
    }
  }

  private _scroll(): void {
    this._pinned?.node.scrollIntoView({ block: 'start' });
  }

  private _onReveal(_: ShownRun, cell: number): void {
    this._goTo(cell);
  }

  private _onView(entries: IntersectionObserverEntry[]): void {
    for (const { isIntersecting, target } of entries) {
      const view = this.widgets.find(one => one.node === target);
      if (isIntersecting && view instanceof CellView && !view.isDrawn) {
        this._redraw(view.index);
      }
    }
  }

  private _onTold(_: ShownRun, change: IRunModelChange): void {
    change.cells.forEach(index => {
      this._cells.get(index)?.showState(this._run.model.cell(index));
    });
    if (change.detail) {
      this._explain();
      for (const [index, view] of this._cells) {
        view.showState(this._run.model.cell(index));
      }
    }
    change.outputs.forEach(({ cell, change: one }, at) => {
      const view = this._cells.get(cell);
      if (!this.isVisible || this._stale.has(cell)) {
        this._stale.add(cell);
      } else if (view?.isDrawn) {
        const next = change.outputs[at + 1];
        view.apply(one, next?.cell === cell ? next.change : undefined);
      }
    });
    const isEnded = [...change.cells].some(
      index => this._run.model.cell(index)?.state !== 'running'
    );
    if (isEnded && this.isVisible) {
      this._askForMedia();
    }
  }

  private _redraw(index: number): void {
    const view = this._cells.get(index);
    const live = this._run.model.cell(index);
    if (view && live) {
      view.draw(live.outputs.list);
      this._askForMedia();
    }
  }

  /**
   * Large values stand in the composed notebook alone; it is read again where one is missing.
   */
  private _askForMedia(): void {
    const missing = this._run.model.cells.filter(({ index, outputs }) => {
      const known = this._executed?.cells[index]?.outputs ?? [];
      return outputs.list.some((one, at) => hasMedia(one) && !known[at]);
    });
    if (missing.length === 0 || this._timer !== 0) {
      return;
    }
    this._timer = window.setTimeout(() => {
      void this._takeMedia(missing.map(({ index }) => index));
    }, MEDIA_PAUSE);
  }

  private async _takeMedia(indices: number[]): Promise<void> {
    try {
      const executed = readExecuted(await this._run.model.notebook());
      this._executed = executed;
      for (const index of indices) {
        const cell = executed.cells[index];
        const live = this._run.model.cell(index);
        if (cell && live && !this.isDisposed) {
          this._cells.get(index)?.takeWhole(cell);
          this._cells.get(index)?.draw(live.outputs.list);
        }
      }
    } catch {
      // The machine cannot be reached now; the next cell that ends asks again.
    } finally {
      this._timer = 0;
    }
  }

  private _say(reason: unknown): void {
    const { trans } = this._run.context;
    const error = reason instanceof Error ? reason : new Error(String(reason));
    this._empty();
    this._notice(
      <Notice
        kind="error"
        title={trans.__('The notebook that ran could not be read')}
        text={error.message}
        hint={error instanceof ApiError ? error.hint : null}
        actions={[
          {
            label: trans.__('Try again'),
            run: () => void this._load()
          }
        ]}
      />
    );
  }

  private _notice(element: React.JSX.Element): void {
    this.addWidget(ReactWidget.create(element));
  }

  private _empty(): void {
    this._view.disconnect();
    this._sizes.disconnect();
    this._pinned = null;
    this._cells.clear();
    this._failure = null;
    for (const widget of [...this.widgets]) {
      widget.dispose();
    }
  }

  private _executed: IExecuted | null = null;
  private _cells = new Map<number, CellView>();
  private _stale = new Set<number>();
  private _view: IntersectionObserver;
  private _sizes: ResizeObserver;
  private _pinned: CellView | null = null;
  private _failure: Widget | null = null;
  private _isLoading = false;
  private _timer = 0;
}

function stopCommandLinks(event: MouseEvent): void {
  const { target } = event;
  if (
    target instanceof Element &&
    target.closest('[data-commandlinker-command]')
  ) {
    event.preventDefault();
    event.stopPropagation();
  }
}
