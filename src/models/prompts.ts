import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import { type Api, ApiError } from '../api/client';
import type { Stream, StreamItem } from '../api/stream';
import type { IAnswer, IPrompt } from '../api/types';

/**
 * A question that waits.
 */
export interface IOpenPrompt extends IPrompt {
  /**
   * When nobody waits for the answer any more, in milliseconds.
   */
  readonly until: number;
}

/**
 * Questions that somebody has to answer before a machine can be reached: host keys, passphrases, passwords.
 */
export class Prompts implements IDisposable {
  constructor(api: Api, stream: Stream) {
    this._api = api;
    stream.item.connect(this._onItem, this);
    stream.connectedChanged.connect(this._onConnected, this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /**
   * What waits for an answer, oldest first.
   */
  get open(): readonly IOpenPrompt[] {
    return this._open;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /**
   * Answer one; an answer is kept nowhere. Raises `ApiError`; the question then stays open, unless nobody waits for it.
   */
  async answer(id: string, answer: IAnswer): Promise<void> {
    try {
      await this._api.answer(id, answer);
      this._drop(id);
    } catch (reason) {
      if (reason instanceof ApiError && reason.status === 404) {
        this._drop(id);
      }
      throw reason;
    }
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private _onItem(_: Stream, item: StreamItem): void {
    if (item.type === 'prompt') {
      this._set([
        ...this._open.filter(one => one.id !== item.prompt.id),
        item.prompt
      ]);
    } else if (item.type === 'prompt_gone') {
      this._drop(item.id);
    }
  }

  /**
   * What was answered while the connection was away was not told.
   */
  private _onConnected(_: Stream, connected: boolean): void {
    if (connected && this._open.length > 0) {
      this._api.prompts().then(
        prompts => {
          this._set(prompts);
        },
        () => {
          this._set([]); // the connection tells the open ones anew
        }
      );
    }
  }

  private _drop(id: string): void {
    this._set(this._open.filter(prompt => prompt.id !== id));
  }

  private _set(prompts: readonly IPrompt[]): void {
    const known = new Map(this._open.map(one => [one.id, one]));
    this._open = prompts.map(
      prompt =>
        known.get(prompt.id) ?? {
          ...prompt,
          until: Date.now() + prompt.seconds * 1000
        }
    );
    this._changed.emit();
  }

  private _api: Api;
  private _open: IOpenPrompt[] = [];
  private _isDisposed = false;
  private _changed = new Signal<this, void>(this);
}
