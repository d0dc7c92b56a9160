import type { Cell } from '@jupyterlab/cells';
import type { TranslationBundle } from '@jupyterlab/translation';
import { editIcon } from '@jupyterlab/ui-components';

import type { IRunSummary } from '../api/types';
import type { IFilledCell } from '../models/fills';
import { bytes, duration } from '../ui/format';
import { stateIcons } from '../ui/icons';
import { cellWord } from '../ui/states';
import { ticking } from './clock';

/**
 * What can be done from a mark.
 */
export interface IMarkActions {
  /**
   * Open the run at a cell of its notebook.
   */
  show(cell: number): void;

  /**
   * Show how the cell with an id differs.
   */
  compare(id: string): void;
}

/**
 * The sign on a cell that its output comes from a run: a bar, and state and time on the edge of its input. Laid over
 * the cell, so that nothing moves; only what needs words gets a line of its own.
 */
export class CellMark {
  constructor(
    readonly cell: Cell,
    trans: TranslationBundle,
    actions: IMarkActions
  ) {
    this._trans = trans;
    this._actions = actions;
    this._pill.className = 'jp-MlxMark';
    this._text.className = 'jp-MlxMark-text';
    this._note.className = 'jp-MlxMark-note';
  }

  /**
   * Show a state; `isHere` says that this tab fills the notebook.
   */
  show(filled: IFilledCell, run: IRunSummary, isHere: boolean): void {
    const { node } = this.cell;
    const state = filled.isEdited ? 'edited' : filled.state;
    node.classList.add('jp-MlxFilled');
    node.dataset['mlxState'] = state;
    this._attach();
    this._setIcon(state);
    const text = this._words(filled, run);
    if (this._text.textContent !== text) {
      this._text.textContent = text;
    }
    this._pill.title = this._title(filled, run);
    this._showNote(filled, run, isHere);
  }

  /**
   * Leave no trace.
   */
  remove(): void {
    this.cell.node.classList.remove('jp-MlxFilled');
    delete this.cell.node.dataset['mlxState'];
    this._pill.parentElement?.classList.remove('jp-MlxMark-place');
    this._pill.remove();
    this._note.remove();
  }

  /**
   * A cell far off is drawn late, and drawn anew when it moves.
   */
  private _attach(): void {
    const place = this.cell.node.querySelector('.jp-Cell-inputWrapper');
    if (place && this._pill.parentElement !== place) {
      place.classList.add('jp-MlxMark-place');
      place.append(this._pill);
    }
  }

  private _setIcon(state: string): void {
    if (state === this._state) {
      return;
    }
    this._state = state;
    const icon =
      state === 'edited'
        ? editIcon
        : (stateIcons[state] ?? stateIcons['waiting']);
    const drawn = icon?.element({ tag: 'span', className: 'jp-MlxState-icon' });
    this._pill.replaceChildren(...(drawn ? [drawn] : []), this._text);
    this._pill.classList.add('jp-MlxState');
    this._pill.dataset['state'] = state;
  }

  private _words(filled: IFilledCell, run: IRunSummary): string {
    const trans = this._trans;
    const word = cellWord(filled.state, trans);
    const seconds =
      filled.state === 'running'
        ? Math.max(0, Date.now() / 1000 - (filled.started ?? 0))
        : filled.duration_s;
    if (filled.isEdited) {
      return trans.__('edited since');
    }
    if (filled.started === null || seconds === null) {
      return word;
    }
    const time =
      filled.state === 'running' ? ticking(seconds) : duration(seconds);
    switch (filled.state) {
      case 'succeeded':
        return trans.__('%1 on %2', time, run.machine);
      case 'running':
        return trans.__('%1 on %2 …', time, run.machine);
      default:
        return trans.__('%1 after %2 on %3', word, time, run.machine);
    }
  }

  private _title(filled: IFilledCell, run: IRunSummary): string {
    const trans = this._trans;
    const word = cellWord(filled.state, trans);
    return filled.isEdited
      ? trans.__(
          'Ran on %1, run #%2: %3. Edited since.',
          run.machine,
          run.number,
          word
        )
      : trans.__('On %1, run #%2: %3', run.machine, run.number, word);
  }

  private _showNote(
    filled: IFilledCell,
    run: IRunSummary,
    isHere: boolean
  ): void {
    const trans = this._trans;
    let text = '';
    if (isHere && filled.isBehind) {
      text = trans.__(
        'Edited since the run started – output kept in run #%1',
        run.number
      );
    } else if (filled.thinned > 0) {
      text = trans.__(
        '%1 more of output are in run #%2 only',
        bytes(filled.thinned),
        run.number
      );
    }
    if (text === '') {
      this._note.remove();
      this._said = '';
      return;
    }
    if (text !== this._said) {
      this._said = text;
      this._fillNote(text, filled);
    }
    if (this._note.parentElement !== this.cell.node) {
      this.cell.node.append(this._note);
    }
  }

  private _fillNote(text: string, filled: IFilledCell): void {
    const trans = this._trans;
    const { id } = this.cell.model;
    const said = document.createElement('span');
    said.textContent = text;
    const show = button(trans.__('Show'), () => {
      this._actions.show(filled.index);
    });
    const compare = button(trans.__('Diff'), () => {
      this._actions.compare(id);
    });
    this._note.replaceChildren(
      said,
      show,
      ...(filled.isBehind ? [compare] : [])
    );
  }

  private _trans: TranslationBundle;
  private _actions: IMarkActions;
  private _pill = document.createElement('span');
  private _text = document.createElement('span');
  private _note = document.createElement('div');
  private _state = '';
  private _said = '';
}

function button(label: string, action: () => void): HTMLButtonElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = 'jp-MlxButton';
  made.textContent = label;
  made.addEventListener('click', action);
  return made;
}
