import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { ICleaned } from '../../api/types';
import type { Machines } from '../../models/machines';

/**
 * How long runs and environments stay after their end where nobody chose otherwise.
 */
export const DAYS_KEPT = 30;

/**
 * What would go from a machine.
 */
export class Plan implements IDisposable {
  constructor(
    private _machines: Machines,
    readonly machine: string,
    readonly name: string
  ) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  days = DAYS_KEPT;
  found: ICleaned | null = null;
  error: Error | null = null;

  /**
   * Ask the machine what would go.
   */
  async look(days: number): Promise<void> {
    this._abort?.abort();
    const abort = new AbortController();
    this._abort = abort;
    this.days = days;
    this.found = null;
    await this._ask(true, abort);
  }

  /**
   * Do it; null where it went wrong or nothing was found yet.
   */
  async clean(): Promise<ICleaned | null> {
    if (!this.found || this.found.bytes === 0) {
      return null;
    }
    return this._ask(false, new AbortController());
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._abort?.abort();
    Signal.clearData(this);
  }

  private async _ask(
    dryRun: boolean,
    abort: AbortController
  ): Promise<ICleaned | null> {
    this.error = null;
    this._changed.emit();
    try {
      const found = await this._machines.clean(
        this.machine,
        dryRun,
        this.days,
        abort.signal
      );
      if (!abort.signal.aborted) {
        this.found = found;
      }
      return found;
    } catch (reason) {
      if (!abort.signal.aborted) {
        this.error = reason as Error;
      }
      return null;
    } finally {
      this._changed.emit();
    }
  }

  private _isDisposed = false;
  private _abort: AbortController | null = null;
  private _changed = new Signal<this, void>(this);
}
