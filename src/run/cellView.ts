import type * as nbformat from '@jupyterlab/nbformat';
import { OutputArea, OutputAreaModel } from '@jupyterlab/outputarea';
import { Panel, Widget } from '@lumino/widgets';

import type { OutputChange } from '../models/outputs';
import type { IRunCell } from '../models/run';
import { bytes } from '../ui/format';
import { stateIcons } from '../ui/icons';
import { cellWord } from '../ui/states';
import { type IExecuted, type IExecutedCell, withMedia } from './executed';
import type { ShownRun } from './shownRun';
import { writeSource } from './sourceCode';
import { cellName, took } from './words';

const MOST_OUTPUTS = 100; // of one cell, before it asks whether to show more

/**
 * A cell of the executed notebook: state and time, source, and for code its outputs as they come.
 */
export class CellView extends Panel {
  constructor(
    private _run: ShownRun,
    private _cell: IExecutedCell,
    executed: IExecuted
  ) {
    super();
    this.addClass('jp-MlxCell');
    this.node.dataset['kind'] = _cell.kind;
    this.id = `${_run.id}-cell-${_cell.index}`;
    this._head.addClass('jp-MlxCell-head');
    if (_cell.kind === 'markdown') {
      this._addMarkdown();
      return;
    }
    if (_cell.kind === 'code') {
      this.addWidget(this._head);
      this.node.setAttribute('role', 'group');
      this.node.tabIndex = -1;
    }
    this._addSource(executed);
  }

  get index(): number {
    return this._cell.index;
  }

  /**
   * Whether its outputs stand in the page.
   */
  get isDrawn(): boolean {
    return this._area !== null;
  }

  /**
   * Show state and time.
   */
  showState(live: IRunCell | null): void {
    if (this._cell.kind !== 'code') {
      return;
    }
    const { trans } = this._run.context;
    const state = live ? this._run.stateOf(live) : 'waiting';
    const word = cellWord(state, trans);
    const seconds = live?.duration_s ?? null;
    const parts = [cellName(this.index, trans), word];
    if (seconds !== null) {
      parts.push(took(seconds));
    }
    if (live && live.outputs.thinned > 0) {
      parts.push(
        trans.__('%1 of output were not sent', bytes(live.outputs.thinned))
      );
    }
    this.node.dataset['state'] = state;
    this.node.setAttribute('aria-label', parts.join(', '));
    const icon = document.createElement('span');
    icon.className = 'jp-MlxState';
    icon.dataset['state'] = state;
    stateIcons[state]?.element({ container: icon, tag: 'span' });
    const count = document.createElement('span');
    count.className = 'jp-MlxCell-count';
    count.textContent = `[${live?.executionCount ?? ' '}]`;
    this._head.node.replaceChildren(count, icon, parts.join(' · '));
  }

  /**
   * Show all outputs anew.
   */
  draw(outputs: readonly nbformat.IOutput[]): void {
    if (this._cell.kind !== 'code') {
      return;
    }
    const values = withMedia(outputs, this._cell.outputs);
    if (this._area) {
      this._area.model.fromJSON(values);
      return;
    }
    const model = new OutputAreaModel({ trusted: false, values });
    this._area = new OutputArea({
      model,
      rendermime: this._run.context.rendermime,
      contentFactory: OutputArea.defaultContentFactory,
      maxNumberOutputs: MOST_OUTPUTS
    });
    this.insertWidget(2, this._area);
  }

  /**
   * Follow a change of the outputs.
   *
   * @param next The change after it, so that a cleared cell does not flicker.
   */
  apply(change: OutputChange, next: OutputChange | undefined): void {
    const model = this._area?.model;
    if (!model) {
      return;
    }
    switch (change.kind) {
      case 'add':
        model.add(this._whole(change.output, model.length));
        break;
      case 'append':
        model.add({
          output_type: 'stream',
          name: change.name,
          text: change.text
        });
        break;
      case 'replace':
        if (change.index < model.length) {
          model.set(change.index, this._whole(change.output, change.index));
        }
        break;
      case 'clear':
        model.clear(next?.kind === 'add');
        break;
    }
  }

  /**
   * The composed notebook was read again, with large values.
   */
  takeWhole(cell: IExecutedCell): void {
    this._cell = cell;
  }

  private _whole(output: nbformat.IOutput, at: number): nbformat.IOutput {
    const whole = this._cell.outputs[at];
    const [found] = withMedia([output], whole ? [whole] : null);
    return found ?? output;
  }

  private _addMarkdown(): void {
    const { rendermime } = this._run.context;
    const renderer = rendermime.createRenderer('text/markdown');
    const data = { 'text/markdown': this._cell.source };
    void renderer.renderModel(rendermime.createModel({ data, trusted: false }));
    this.addWidget(renderer);
  }

  private _addSource(executed: IExecuted): void {
    const source = new Widget({ node: document.createElement('pre') });
    source.addClass('jp-MlxCell-source');
    source.node.tabIndex = 0; // long lines are scrolled with the keys
    void writeSource(
      source.node,
      this._cell.source,
      this._cell.kind === 'code' ? this._run.context.languages : null,
      executed
    );
    this.addWidget(source);
  }

  private _head = new Widget();
  private _area: OutputArea | null = null;
}
