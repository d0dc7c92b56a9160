import { UUID } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { Stream, StreamItem } from '../api/stream';

/**
 * The documents this tab may write into: the server gives each to one tab at a time.
 */
export class Leases implements IDisposable {
  constructor(stream: Stream) {
    this._stream = stream;
    stream.item.connect(this._onItem, this);
    stream.connectedChanged.connect(this._onConnected, this);
  }

  /**
   * A lease was given or lost; its document.
   */
  get changed(): ISignal<this, string> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /**
   * Whether this tab is the writer; null while the server has not said.
   */
  held(document: string): boolean | null {
    return this._held.get(document) ?? null;
  }

  /**
   * Ask to be the writer, from now on until `release`; with `take` whoever is it has to stop.
   */
  claim(document: string, take = false): void {
    if (take || !this._held.has(document)) {
      if (!this._held.has(document)) {
        this._held.set(document, null);
      }
      this._stream.say({ type: 'claim', document, tab: TAB, take });
    }
  }

  release(document: string): void {
    if (this._held.delete(document)) {
      this._stream.say({ type: 'release', document });
    }
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._stream.item.disconnect(this._onItem, this);
      this._stream.connectedChanged.disconnect(this._onConnected, this);
      [...this._held.keys()].forEach(document => {
        this.release(document);
      });
      Signal.clearData(this);
    }
  }

  private _onItem(_: Stream, item: StreamItem): void {
    if (item.type === 'lease' && this._held.has(item.document)) {
      this._set(item.document, item.held);
    }
  }

  /**
   * A lease dies with its connection: nobody writes until the server has answered anew.
   */
  private _onConnected(_: Stream, connected: boolean): void {
    for (const document of this._held.keys()) {
      this._set(document, null);
      if (connected) {
        this._stream.say({ type: 'claim', document, tab: TAB, take: false });
      }
    }
  }

  private _set(document: string, held: boolean | null): void {
    if (this._held.get(document) !== held) {
      this._held.set(document, held);
      this._changed.emit(document);
    }
  }

  private _stream: Stream;
  private _held = new Map<string, boolean | null>();
  private _isDisposed = false;
  private _changed = new Signal<this, string>(this);
}

// One a page: by it the server knows a tab again that comes back over a new connection.
const TAB = UUID.uuid4();
