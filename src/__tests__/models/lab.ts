import { ServerConnection } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';

import { Api } from '../../api/client';
import type { IBatch, Stream, StreamItem } from '../../api/stream';
import type { IRunSummary } from '../../api/types';

/**
 * A server that answers as it is told, one request after another, and the connection of a tab, spoken for by hand.
 */
export class Server {
  readonly asked: string[] = [];
  readonly item = new Signal<this, StreamItem>(this);
  readonly connectedChanged = new Signal<this, boolean>(this);
  connected = true;
  readonly sinks = new Map<string, (batch: IBatch) => void>();

  readonly api = new Api(
    ServerConnection.makeSettings({
      baseUrl: 'http://lab.test/',
      fetch: async (asked: RequestInfo | URL) => {
        const request = asked instanceof Request ? asked : new Request(asked);
        const path = request.url.replace(/^.*jupyter-mlx\//, '');
        this.asked.push(`${request.method} ${path.replace(/[?&]\d+$/, '')}`);
        return this.answer(request.method, path, request);
      }
    })
  );

  /**
   * What is answered; replaced by tests.
   */
  answer: (
    verb: string,
    path: string,
    request: Request
  ) => Promise<Response> | Response = () => json({});

  /**
   * The same, where a `Stream` is wanted.
   */
  get stream(): Stream {
    return this as unknown as Stream;
  }

  follow(run: string, sink: (batch: IBatch) => void): { dispose(): void } {
    this.sinks.set(run, sink);
    return {
      dispose: () => {
        this.sinks.delete(run);
      }
    };
  }
}

/**
 * An answer.
 */
export function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status });
}

/**
 * A run as lists have it.
 */
export function aRun(change: Partial<IRunSummary> = {}): IRunSummary {
  return {
    id: 'run-1',
    number: 1,
    project: '/home/me/project',
    project_id: 'p',
    notebook: 'train.ipynb',
    path: 'train.ipynb',
    machine: 'box',
    title: '',
    experiment: null,
    tags: [],
    notes: '',
    state: 'running',
    reason: null,
    created: '2026-01-01T00:00:00Z',
    accepted: null,
    started: null,
    ended: null,
    cancel_requested: null,
    cancel_delivered: null,
    cells: 0,
    cells_done: 0,
    cell_running: null,
    cell_failed: null,
    params: {},
    metrics: {},
    progress: {},
    outputs: 0,
    peak_memory: null,
    rerun_of: null,
    price: null,
    currency: 'USD',
    cost: null,
    expected_s: null,
    ...change
  };
}

/**
 * Let everything that is ready happen.
 */
export function settle(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 5));
}
