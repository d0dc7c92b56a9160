import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { Api } from '../api/client';
import type { Stream, StreamItem } from '../api/stream';
import type { IAnswer, IPrompt } from '../api/types';

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
  get open(): readonly IPrompt[] {
    return this._open;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /**
   * Answer one; an answer is kept nowhere. Raises `ApiError`.
   */
  async answer(id: string, answer: IAnswer): Promise<void> {
    this._drop(id);
    await this._api.answer(id, answer);
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private _onItem(_: Stream, item: StreamItem): void {
    if (item.type === 'prompt') {
      this._drop(item.prompt.id);
      this._open = [...this._open, item.prompt];
      this._changed.emit();
    } else if (item.type === 'prompt_gone') {
      this._drop(item.id);
    }
  }

  /**
   * A connection that comes back tells the open questions anew.
   */
  private _onConnected(): void {
    this._open = [];
    this._changed.emit();
  }

  private _drop(id: string): void {
    this._open = this._open.filter(prompt => prompt.id !== id);
    this._changed.emit();
  }

  private _api: Api;
  private _open: IPrompt[] = [];
  private _isDisposed = false;
  private _changed = new Signal<this, void>(this);
}
