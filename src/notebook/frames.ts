import type { IDisposable } from '@lumino/disposable';

/**
 * Work that is asked for often and done once a frame; also in a tab nobody sees, where no frames come.
 */
export class Frames implements IDisposable {
  constructor(work: () => void) {
    this._work = work;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /**
   * Do it with the next frame, or not before a delay in milliseconds.
   */
  ask(delay = 0): void {
    if (this._isDisposed || this._frame !== 0) {
      return;
    }
    const wait = document.hidden ? Math.max(delay, HIDDEN) : delay;
    if (wait > 0) {
      if (this._timer === 0) {
        this._timer = window.setTimeout(this._run, wait);
      }
    } else {
      this._frame = requestAnimationFrame(this._run);
    }
  }

  dispose(): void {
    this._isDisposed = true;
    cancelAnimationFrame(this._frame);
    window.clearTimeout(this._timer);
  }

  private _run = (): void => {
    cancelAnimationFrame(this._frame);
    window.clearTimeout(this._timer);
    this._frame = this._timer = 0;
    if (!this._isDisposed) {
      this._work();
    }
  };

  private _work: () => void;
  private _frame = 0;
  private _timer = 0;
  private _isDisposed = false;
}

const HIDDEN = 100; // ms
