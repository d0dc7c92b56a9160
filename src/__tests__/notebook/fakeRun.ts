import type { Api } from '../../api/client';
import type { IBatch, Stream } from '../../api/stream';
import type { ICellSource } from '../../api/types';
import { RunModel } from '../../models/run';

/**
 * A run whose journal a test writes; only the server is left out.
 */
export class FakeRun {
  constructor(sources: ICellSource[], media: Record<string, string> = {}) {
    const api = {
      run: () => Promise.reject(new Error('not asked for here')),
      source: () => Promise.resolve({ cells: sources }),
      media: (_: string, sha256: string) =>
        sha256 in media
          ? Promise.resolve(media[sha256])
          : Promise.reject(new Error('gone'))
    };
    const stream = {
      follow: (_: string, sink: (batch: IBatch) => void) => {
        this._sink = sink;
        return { dispose: () => undefined, isDisposed: false };
      }
    };
    this.model = new RunModel(
      'R',
      api as unknown as Api,
      stream as unknown as Stream
    );
  }

  readonly model: RunModel;

  /**
   * Events as one frame brings them. `end` is how far the journal goes, in frames.
   */
  tell(events: object[], { end = 0, over = false } = {}): void {
    this._next++;
    this._sink?.({
      events: events.map(event => ({
        seq: ++this._seq,
        event: { t: 1000 + this._seq, ...event }
      })),
      next: this._next,
      end: Math.max(end, this._next),
      over
    });
  }

  cell(cell: number, state: string, more: object = {}): object {
    return { type: 'cell', cell, id: `c${cell}`, state, ...more };
  }

  text(cell: number, text: string): object {
    return { type: 'stream', cell, name: 'stdout', text };
  }

  private _sink: ((batch: IBatch) => void) | null = null;
  private _seq = 0;
  private _next = 0;
}

/**
 * Let frames pass until all that was asked for is done.
 */
export async function frames(count = 4): Promise<void> {
  for (let at = 0; at < count; at++) {
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}
