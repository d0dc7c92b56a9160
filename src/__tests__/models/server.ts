import { ServerConnection } from '@jupyterlab/services';

import { Api } from '../../api/client';
import { Stream } from '../../api/stream';
import type { IFrame } from '../../api/types';

/**
 * A server as a page meets it: what it answers to which request, and a socket it tells frames over.
 */
export class FakeServer {
  constructor() {
    const sockets = this._sockets;
    class Socket extends EventTarget {
      onopen: (() => void) | null = null;
      onmessage: ((message: { data: string }) => void) | null = null;
      onclose: (() => void) | null = null;
      readyState = 1;
      constructor() {
        super();
        sockets.push(this);
      }
      send(): void {
        // what the page says is of no matter here
      }
      close(): void {
        this.readyState = 3;
      }
    }
    const settings = ServerConnection.makeSettings({
      baseUrl: 'http://lab.test/',
      wsUrl: 'ws://lab.test/',
      WebSocket: Socket as unknown as typeof WebSocket,
      fetch: (request: RequestInfo | URL) => this._answer(request)
    });
    this.api = new Api(settings);
    this.stream = new Stream(settings);
    this.stream.open();
  }

  readonly api: Api;
  readonly stream: Stream;

  /**
   * Verb and path of every request, with its body.
   */
  readonly asked: [string, string][] = [];

  /**
   * What requests answer, by verb and path.
   */
  readonly answers = new Map<string, () => Response>();

  /**
   * The connection stands, and the server is heard.
   */
  connect(): void {
    this._sockets[this._sockets.length - 1]?.onopen?.();
    this.tell({ type: 'hello', version: '0' });
  }

  /**
   * The connection is gone.
   */
  cut(): void {
    this._sockets[this._sockets.length - 1]?.onclose?.();
  }

  tell(...items: IFrame['items']): void {
    this._sockets[this._sockets.length - 1]?.onmessage?.({
      data: JSON.stringify({ items })
    });
  }

  private async _answer(given: RequestInfo | URL): Promise<Response> {
    const request = given instanceof Request ? given : new Request(given);
    const { pathname } = new URL(request.url);
    const what = `${request.method} ${pathname.replace('/jupyter-mlx/', '')}`;
    this.asked.push([what, await request.text()]);
    return this.answers.get(what)?.() ?? new Response('{}', { status: 404 });
  }

  private _sockets: {
    onopen: (() => void) | null;
    onmessage: ((message: { data: string }) => void) | null;
    onclose: (() => void) | null;
  }[] = [];
}

/**
 * Come back when what was begun has had its turn.
 */
export function settled(): Promise<void> {
  return new Promise(resolve => {
    setTimeout(resolve, 20);
  });
}
