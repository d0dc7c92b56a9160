import { DisposableDelegate, type IDisposable } from '@lumino/disposable';

import type { IRunModelChange } from '../models/run';
import type { ShownRun } from './shownRun';

const PACE = 100; // ms between two rounds of drawing

/**
 * Tells charts when there is something new for them: at most ten times a second, and not while nobody looks.
 */
export class ChartFeed implements IDisposable {
  constructor(private _run: ShownRun) {
    _run.told.connect(this._onTold, this);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /**
   * Whether somebody looks; what came meanwhile is told when somebody does again.
   */
  get isActive(): boolean {
    return this._isActive;
  }

  set isActive(isActive: boolean) {
    this._isActive = isActive;
    if (isActive) {
      this._flush();
    }
  }

  /**
   * Be told of new points of a metric; of new samples where the key is null.
   */
  subscribe(key: string | null, update: () => void): IDisposable {
    const updates = this._updates.get(key) ?? new Set();
    this._updates.set(key, updates.add(update));
    return new DisposableDelegate(() => {
      updates.delete(update);
    });
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      window.clearTimeout(this._timer);
      this._run.told.disconnect(this._onTold, this);
      this._updates.clear();
    }
  }

  private _onTold(_: ShownRun, change: IRunModelChange): void {
    for (const key of change.metrics) {
      this._dirty.add(key);
    }
    if (change.samples) {
      this._dirty.add(null);
    }
    if (this._dirty.size && this._isActive && this._timer === 0) {
      this._timer = window.setTimeout(() => {
        this._flush();
      }, PACE);
    }
  }

  private _flush(): void {
    window.clearTimeout(this._timer);
    this._timer = 0;
    const keys = [...this._dirty];
    this._dirty.clear();
    for (const key of keys) {
      this._updates.get(key)?.forEach(update => {
        update();
      });
    }
  }

  private _updates = new Map<string | null, Set<() => void>>();
  private _dirty = new Set<string | null>();
  private _timer = 0;
  private _isActive = false;
  private _isDisposed = false;
}
