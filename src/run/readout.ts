import type { IDisposable } from '@lumino/disposable';
import type { KeyboardEvent, RefObject } from 'react';

import type { IChartCard } from './chartCard';
import type { ChartHost } from './chartHost';

const SPEAK = 250; // ms a value has to stand before it is spoken
const DESCRIBE = 1000; // ms between two descriptions of a chart that grows

/**
 * The value under the cursor of a chart: written beside its name, spoken while keys move the cursor.
 */
export class Readout implements IDisposable {
  constructor(
    private _host: ChartHost,
    private _card: RefObject<IChartCard>,
    private _plot: HTMLElement,
    private _text: RefObject<HTMLElement>,
    private _speak: (text: string) => void,
    private _summary: () => string
  ) {
    this.describe();
    this.onCursor(-1);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /**
   * New points: the latest value is written, unless the cursor is on another.
   */
  onData(): void {
    if (this._index < 0) {
      this.onCursor(-1);
    }
    if (Date.now() - this._described > DESCRIBE) {
      this.describe();
    }
  }

  /**
   * The cursor is on a point; -1 where it is on none.
   */
  onCursor(index: number): void {
    this._index = index;
    if (this._text.current) {
      this._text.current.textContent = this._words(index);
    }
  }

  /**
   * Say in words what the chart shows.
   */
  describe(): void {
    this._described = Date.now();
    this._plot.setAttribute('aria-label', this._summary());
  }

  onKey(event: KeyboardEvent<HTMLElement>): void {
    const count = this._card.current?.read().x.length ?? 0;
    const at = this._index < 0 ? count - 1 : this._index;
    const tenth = Math.max(1, Math.round(count / 10));
    const wanted = new Map([
      ['ArrowLeft', this._index < 0 ? at : at - 1],
      ['ArrowRight', at + 1],
      ['PageUp', at - tenth],
      ['PageDown', at + tenth],
      ['Home', 0],
      ['End', count - 1]
    ]).get(event.key);
    if (event.key === 'Escape') {
      this.resetZoom();
      this.leave();
    } else if (wanted !== undefined && count > 0) {
      this._move(Math.min(count - 1, Math.max(0, wanted)));
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /**
   * The cursor goes.
   */
  leave(): void {
    this._host.chart?.moveCursor(-1);
    this.onCursor(-1);
  }

  resetZoom(): void {
    this._host.resetZoom();
  }

  draw(): void {
    this._host.draw();
  }

  dispose(): void {
    this._isDisposed = true;
    window.clearTimeout(this._timer);
  }

  private _move(index: number): void {
    this._host.draw();
    this._host.chart?.moveCursor(index);
    this.onCursor(index);
    window.clearTimeout(this._timer);
    this._timer = window.setTimeout(() => {
      this._speak(this._words(index));
    }, SPEAK);
  }

  private _words(index: number): string {
    const card = this._card.current;
    if (!card) {
      return '';
    }
    const { x, lines } = card.read();
    const at = index < 0 ? x.length - 1 : index;
    const values = lines.map(({ name, y }) => {
      const value = card.formatY(y[at] ?? NaN);
      return lines.length > 1 ? `${name} ${value}` : value;
    });
    const place = x[at];
    return index < 0 || place === undefined
      ? values.join(' · ')
      : `${card.xWord} ${card.formatX(place)}: ${values.join(' · ')}`;
  }

  private _index = -1;
  private _timer = 0;
  private _described = 0;
  private _isDisposed = false;
}
