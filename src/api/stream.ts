import { URLExt } from '@jupyterlab/coreutils';
import type { ServerConnection } from '@jupyterlab/services';
import { DisposableDelegate, type IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import { API_ROOT } from './client';
import type { IClaim, IEvent, IEventsItem, IFrame, IRelease } from './types';

/**
 * What a frame may hold beside the events of runs, which go to who follows them.
 */
export type StreamItem = Exclude<IFrame['items'][number], IEventsItem>;

/**
 * Events of one run, each once and in order.
 */
export interface IBatch {
  events: IEvent[];

  /**
   * Whether no more will come.
   */
  over: boolean;

  /**
   * How far these go, and how far the server could go now; bytes of the journal.
   */
  next: number;
  end: number;
}

const FIRST_WAIT = 500; // ms
const SHORT_WAIT = 2_000; // the longest while somebody waits for it to be back
const SHORT_TRIES = 60;
const LONGEST_WAIT = 15_000;
const QUIET = 15_000; // after so long without a frame the server is asked for one
const PATIENCE = 10_000; // and has so long to answer

interface IFollowed {
  next: number;
  seq: number;
  over: boolean;
  sink: (batch: IBatch) => void;
}

/**
 * The one WebSocket of a tab. It comes back by itself, and goes on where it was.
 */
export class Stream implements IDisposable {
  constructor(settings: ServerConnection.ISettings) {
    this._settings = settings;
    document.addEventListener('visibilitychange', this._onVisibility);
    window.addEventListener('online', this._onOnline);
  }

  /**
   * Everything but events, as it comes.
   */
  get item(): ISignal<this, StreamItem> {
    return this._item;
  }

  /**
   * Whether the server is heard; false from the moment it is not.
   */
  get connected(): boolean {
    return this._connected;
  }

  get connectedChanged(): ISignal<this, boolean> {
    return this._connectedChanged;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /**
   * Connect; without it nothing is asked of the server.
   */
  open(): void {
    if (!this._socket && !this._isDisposed) {
      this._connect();
    }
  }

  /**
   * Hand over the events of a run from the first on; a run has one follower at a time.
   */
  follow(run: string, sink: (batch: IBatch) => void): IDisposable {
    const followed: IFollowed = { next: 0, seq: 0, over: false, sink };
    this._followed.set(run, followed);
    this._send({ type: 'subscribe', run, since: 0 });
    return new DisposableDelegate(() => {
      if (this._followed.get(run) === followed) {
        this._followed.delete(run);
        this._send({ type: 'unsubscribe', run });
      }
    });
  }

  /**
   * Claim a document or give it up; unheard while there is no connection, so who claims does so again after each.
   */
  say(message: IClaim | IRelease): void {
    this._send(message);
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    document.removeEventListener('visibilitychange', this._onVisibility);
    window.removeEventListener('online', this._onOnline);
    window.clearTimeout(this._retry);
    window.clearTimeout(this._heartbeat);
    this._socket?.close();
    this._followed.clear();
    Signal.clearData(this);
  }

  private _connect(): void {
    window.clearTimeout(this._retry);
    const { wsUrl, token, appendToken, WebSocket } = this._settings;
    const url = new URL(URLExt.join(wsUrl, API_ROOT, 'stream'));
    if (appendToken && token !== '') {
      url.searchParams.set('token', token);
    }
    const socket = new WebSocket(url.toString());
    this._socket = socket;
    this._expect(socket);
    socket.onopen = () => {
      this._onVisibility();
      this._expect(socket);
      for (const [run, { next, over }] of this._followed) {
        if (!over) {
          this._send({ type: 'subscribe', run, since: next });
        }
      }
    };
    socket.onmessage = (message: MessageEvent<string>) => {
      this._waited = 0; // not before: a server in trouble takes connections and drops them
      this._setConnected(true);
      this._listen();
      this._take(JSON.parse(message.data) as IFrame);
    };
    socket.onclose = () => {
      this._lost(socket);
    };
  }

  private _lost(socket: WebSocket): void {
    if (socket !== this._socket) {
      return;
    }
    socket.onclose = socket.onmessage = socket.onopen = null;
    socket.close();
    this._socket = null;
    window.clearTimeout(this._heartbeat);
    this._setConnected(false);
    if (!this._isDisposed) {
      const isSoon = !document.hidden && this._waited < SHORT_TRIES;
      const wait = Math.min(
        FIRST_WAIT * 2 ** this._waited++,
        isSoon ? SHORT_WAIT : LONGEST_WAIT
      );
      this._retry = window.setTimeout(
        () => {
          this._connect();
        },
        wait * (0.75 + Math.random() / 2)
      );
    }
  }

  /**
   * A network that went away without a word shows only as silence.
   */
  private _listen(): void {
    window.clearTimeout(this._heartbeat);
    if (document.hidden) {
      return;
    }
    this._heartbeat = window.setTimeout(this._probe, QUIET);
  }

  private _probe = (): void => {
    if (this._socket && this._connected) {
      this._send({ type: 'ping' });
      this._expect(this._socket);
    }
  };

  /**
   * Give a connection up where nothing comes over it in time.
   */
  private _expect(socket: WebSocket): void {
    window.clearTimeout(this._heartbeat);
    this._heartbeat = window.setTimeout(() => {
      this._lost(socket);
    }, PATIENCE);
  }

  private _take(frame: IFrame): void {
    for (const item of frame.items) {
      if (item.type === 'events') {
        this._hand(item);
      } else {
        this._item.emit(item);
      }
    }
  }

  private _hand({ run, since, next, end, over, events }: IEventsItem): void {
    const followed = this._followed.get(run);
    if (!followed || since > followed.next) {
      return; // the second: on its way to who followed the run before
    }
    const fresh = events.filter(({ seq }) => seq > followed.seq);
    followed.seq = fresh[fresh.length - 1]?.seq ?? followed.seq;
    followed.next = next;
    followed.over = over;
    try {
      followed.sink({ events: fresh, over, next, end });
    } catch (error) {
      console.error(error); // of one follower; the others have their part of the frame still to come
    }
  }

  private _send(message: object): void {
    if (this._socket?.readyState === 1) {
      this._socket.send(JSON.stringify(message));
    }
  }

  private _setConnected(connected: boolean): void {
    if (connected !== this._connected) {
      this._connected = connected;
      this._connectedChanged.emit(connected);
    }
  }

  private _onVisibility = (): void => {
    this._send({ type: 'pace', hidden: document.hidden });
    if (!document.hidden) {
      this._onOnline();
    } else if (this._connected) {
      window.clearTimeout(this._heartbeat);
    }
  };

  /**
   * After a sleep or in another network a connection may be dead, and its next try far off.
   */
  private _onOnline = (): void => {
    this._probe();
    if (!this._socket && this._waited > 0 && !this._isDisposed) {
      this._waited = 0;
      this._connect();
    }
  };

  private _settings: ServerConnection.ISettings;
  private _socket: WebSocket | null = null;
  private _followed = new Map<string, IFollowed>();
  private _connected = false;
  private _connectedChanged = new Signal<this, boolean>(this);
  private _item = new Signal<this, StreamItem>(this);
  private _isDisposed = false;
  private _waited = 0;
  private _retry = 0;
  private _heartbeat = 0;
}
