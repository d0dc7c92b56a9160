import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { type ISignal, Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';

import type { ILogLine, Log } from '../models/log';
import { plainText } from './ansi';
import { fillRow, makeRow } from './logRow';
import { isAtEnd, Matches, rowWindow } from './logWindow';

/**
 * The lines of a log, of which only those in view stand in the page; follows the end until the user scrolls up.
 */
export class LogList extends Widget {
  constructor(
    private _log: Log,
    private _trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-MlxLog');
    this.addClass('jp-RenderedText'); // the lab's colours of terminals
    this.node.tabIndex = 0;
    this.node.setAttribute('role', 'log');
    this.node.setAttribute('aria-live', 'off');
    this.node.setAttribute('aria-label', _trans.__('Log'));
    this._lines = document.createElement('pre');
    this._lines.className = 'jp-MlxLog-lines';
    this.node.append(this._lines);
    this._matches = new Matches(at => plainText(_log.lines[at]?.text ?? ''));
    this._size = new ResizeObserver(() => {
      this.refresh();
    });
  }

  /**
   * Following began or ended, or another number of lines is shown.
   */
  get stateChanged(): ISignal<this, void> {
    return this._stateChanged;
  }

  get isFollowing(): boolean {
    return this._isFollowing;
  }

  get filter(): string {
    return this._matches.filter;
  }

  /**
   * How many lines the filter leaves.
   */
  get count(): number {
    return this._matches.numbers?.length ?? this._log.lines.length;
  }

  follow(isFollowing: boolean): void {
    this._isFollowing = isFollowing;
    this.refresh();
    this._stateChanged.emit();
  }

  setFilter(filter: string): void {
    this._matches.setFilter(filter);
    this._clear();
    this.refresh();
    this._stateChanged.emit();
  }

  /**
   * Show what is new.
   */
  refresh(): void {
    if (!this.isVisible) {
      return;
    }
    const { dropped, lines } = this._log;
    this._matches.update(dropped, lines.length);
    this._keepPlace(dropped);
    this._lines.style.height = `${this.count * this._rowHeight}px`;
    if (this._isFollowing) {
      this.node.scrollTop = this.node.scrollHeight;
    }
    this._draw();
  }

  override dispose(): void {
    this._size.disconnect();
    super.dispose();
  }

  handleEvent(event: Event): void {
    if (event.type === 'scroll') {
      const { scrollTop, clientHeight, scrollHeight } = this.node;
      const atEnd = isAtEnd(
        scrollTop,
        clientHeight,
        scrollHeight,
        this._rowHeight
      );
      // The end also leaves the view where the view shrinks; only who scrolls up wants to stay.
      const isFollowing =
        atEnd || (this._isFollowing && scrollTop >= this._top);
      this._top = scrollTop;
      if (isFollowing !== this._isFollowing && clientHeight > 0) {
        this._isFollowing = isFollowing;
        this._stateChanged.emit();
      }
      this._draw();
    }
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this.node.addEventListener('scroll', this, { passive: true });
    this._size.observe(this.node);
    this._measure();
    this.refresh();
  }

  protected override onBeforeDetach(msg: Message): void {
    this.node.removeEventListener('scroll', this);
    this._size.unobserve(this.node);
    super.onBeforeDetach(msg);
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this._measure();
    this.refresh();
  }

  /**
   * Rows are as high as the lab's size of code wants; all alike, so that any can be found without the others.
   */
  private _measure(): void {
    const size = parseFloat(getComputedStyle(this.node).fontSize);
    const height = Math.ceil((Number.isFinite(size) ? size : 13) * 1.4);
    if (height !== this._rowHeight) {
      this._rowHeight = height;
      this._clear();
    }
    this.node.style.setProperty('--jp-mlx-row', `${height}px`);
  }

  /**
   * Lines that go at the front must not move those in view.
   */
  private _keepPlace(dropped: number): void {
    const gone = dropped - this._dropped;
    this._dropped = dropped;
    if (gone > 0 && !this._matches.numbers) {
      this.node.scrollTop -= gone * this._rowHeight;
      for (const [number, { node }] of this._rows) {
        node.style.top = `${(number - dropped) * this._rowHeight}px`;
      }
    } else if (gone > 0) {
      this._clear();
    }
  }

  private _draw(): void {
    const { scrollTop, clientHeight } = this.node;
    const { first, end } = rowWindow(
      scrollTop,
      clientHeight,
      this._rowHeight,
      this.count
    );
    const wanted = new Set<number>();
    for (let row = first; row < end; row++) {
      const number = this._matches.numbers
        ? (this._matches.numbers[row] ?? 0)
        : row + this._log.dropped;
      const line = this._log.lines[number - this._log.dropped];
      if (line) {
        wanted.add(number);
        this._place(number, row, line);
      }
    }
    if (!this._isSelecting()) {
      for (const [number, { node }] of this._rows) {
        if (!wanted.has(number)) {
          node.remove();
          this._rows.delete(number);
        }
      }
    }
  }

  private _place(number: number, at: number, line: ILogLine): void {
    let row = this._rows.get(number);
    if (!row) {
      row = { node: makeRow(line, this._trans), text: null };
      row.node.style.top = `${at * this._rowHeight}px`;
      this._rows.set(number, row);
      this._insert(number, row.node);
    }
    if (row.text !== line.text) {
      row.text = line.text;
      fillRow(row.node, line.text);
    }
  }

  /**
   * In the order of the lines, so that a selection copies them in order.
   */
  private _insert(number: number, node: HTMLElement): void {
    node.dataset['line'] = String(number);
    let before = this._lines.lastElementChild;
    while (
      before instanceof HTMLElement &&
      Number(before.dataset['line']) > number
    ) {
      before = before.previousElementSibling;
    }
    if (before) {
      before.after(node);
    } else {
      this._lines.prepend(node);
    }
  }

  /**
   * Rows with a part of a selection stay in the page, or it would be lost.
   */
  private _isSelecting(): boolean {
    const selection = document.getSelection();
    return (
      selection !== null &&
      !selection.isCollapsed &&
      this._rows.size < MOST_ROWS &&
      this.node.contains(selection.anchorNode)
    );
  }

  private _clear(): void {
    this._rows.clear();
    this._lines.replaceChildren();
  }

  private _lines: HTMLElement;
  private _matches: Matches;
  private _size: ResizeObserver;
  private _rows = new Map<number, { node: HTMLElement; text: string | null }>();
  private _rowHeight = 19;
  private _dropped = 0;
  private _top = 0;
  private _isFollowing = true;
  private _stateChanged = new Signal<this, void>(this);
}

const MOST_ROWS = 5_000; // that stay in the page for a selection's sake
