import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { INewRun, IPreflight } from '../api/types';
import type { IOpenNotebooks } from './document';
import type { IRemote } from './remote';
import { type ITargets, wanted } from './target';

const AFTER_EDIT = 1200; // ms; a person at the keyboard is left alone
const AFTER_CHOICE = 250;
const STALE = 30_000; // files of the project change without a word

/**
 * What the notebook in front would travel with, asked again whenever that may have changed and somebody looks.
 */
export class PreflightWatch implements IDisposable {
  constructor(
    private _remote: Pick<IRemote, 'preflight' | 'stream'>,
    private _notebooks: IOpenNotebooks,
    private _targets: ITargets
  ) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /**
   * The latest answer for the notebook in front, also while a newer one is asked for or was refused.
   */
  get answer(): IPreflight | null {
    return this._answer;
  }

  /**
   * Why the latest request was refused; null where it was not.
   */
  get error(): Error | null {
    return this._error;
  }

  get isAsking(): boolean {
    return this._abort !== null;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /**
   * Whether somebody looks; nothing is asked for nobody.
   */
  get isAwake(): boolean {
    return this._isAwake;
  }

  set isAwake(isAwake: boolean) {
    if (isAwake === this._isAwake || this._isDisposed) {
      return;
    }
    this._isAwake = isAwake;
    if (isAwake) {
      this._notebooks.currentChanged.connect(this._onCurrent, this);
      this._notebooks.edited.connect(this._onEdit, this);
      this._targets.changed.connect(this._onChoice, this);
      this._remote.stream.connectedChanged.connect(this._onConnected, this);
      this._onCurrent();
    } else {
      Signal.disconnectReceiver(this);
      this._stop();
    }
  }

  /**
   * Ask again now.
   */
  refresh(): void {
    this._asked = '';
    this._soon(0);
  }

  dispose(): void {
    this.isAwake = false;
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private _onCurrent(): void {
    const path = this._notebooks.current?.path ?? null;
    if (path !== this._path) {
      this._path = path;
      this._answer = this._error = null;
      this._asked = '';
      this._changed.emit();
    }
    this._soon(0);
  }

  private _onEdit(): void {
    this._soon(AFTER_EDIT);
  }

  private _onChoice(_: ITargets, path: string): void {
    if (path === this._path) {
      this._soon(AFTER_CHOICE);
    }
  }

  private _onConnected(_: unknown, connected: boolean): void {
    if (connected && this._error) {
      this.refresh();
    }
  }

  private _soon(delay: number): void {
    window.clearTimeout(this._timer);
    this._timer = window.setTimeout(() => {
      void this._ask();
    }, delay);
  }

  private _stop(): void {
    window.clearTimeout(this._timer);
    if (this._abort) {
      this._abort.abort();
      this._abort = null;
      this._asked = ''; // no answer came
    }
  }

  private async _ask(): Promise<void> {
    const request = this._request();
    const asked = request ? JSON.stringify(request) : '';
    if (!request || (asked === this._asked && Date.now() - this._at < STALE)) {
      return;
    }
    this._stop();
    const abort = (this._abort = new AbortController());
    this._asked = asked;
    this._changed.emit();
    try {
      const answer = await this._remote.preflight(request, abort.signal);
      this._settle(abort, answer, null);
    } catch (reason) {
      const error =
        reason instanceof Error ? reason : new Error(String(reason));
      this._settle(abort, this._answer, error);
    }
  }

  private _settle(
    abort: AbortController,
    answer: IPreflight | null,
    error: Error | null
  ): void {
    if (abort === this._abort) {
      this._abort = null;
      this._at = Date.now();
      this._answer = answer;
      this._error = error;
      this._changed.emit();
    }
  }

  private _request(): INewRun | null {
    const notebook = this._notebooks.current;
    if (!this._isAwake || !notebook) {
      return null;
    }
    const target = this._targets.of(notebook.path, notebook.metadata);
    return target.machine === null
      ? null
      : wanted(notebook.path, notebook.content(), target);
  }

  private _path: string | null = null;
  private _answer: IPreflight | null = null;
  private _error: Error | null = null;
  private _asked = '';
  private _at = 0;
  private _timer = 0;
  private _abort: AbortController | null = null;
  private _isAwake = false;
  private _isDisposed = false;
  private _changed = new Signal<this, void>(this);
}
