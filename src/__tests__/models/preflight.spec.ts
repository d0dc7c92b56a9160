import { Signal } from '@lumino/signaling';

import type { INewRun, IPreflight } from '../../api/types';
import type { IOpenNotebook, IOpenNotebooks } from '../../models/document';
import { PreflightWatch } from '../../models/preflight';
import type { IRemote } from '../../models/remote';
import { Targets } from '../../models/target';

class Notebooks implements IOpenNotebooks {
  readonly currentChanged = new Signal<this, IOpenNotebook | null>(this);
  readonly edited = new Signal<this, IOpenNotebook>(this);
  source = 'x = 1';
  path: string | null = 'a.ipynb';

  get current(): IOpenNotebook | null {
    const { path, source } = this;
    return path === null
      ? null
      : ({
          path,
          metadata: null,
          content: () => ({ cells: [{ source }] })
        } as unknown as IOpenNotebook);
  }

  get(): null {
    return null;
  }

  edit(source: string): void {
    this.source = source;
    const { current } = this;
    if (current) {
      this.edited.emit(current);
    }
  }

  show(path: string | null): void {
    this.path = path;
    this.currentChanged.emit(this.current);
  }
}

interface IAsked {
  wanted: INewRun;
  signal: AbortSignal | undefined;
  answer: (answer: Partial<IPreflight>) => void;
  refuse: (reason: Error) => void;
}

function setUp() {
  const asked: IAsked[] = [];
  const connectedChanged = new Signal<object, boolean>({});
  const remote = {
    stream: { connectedChanged },
    preflight: (wanted: INewRun, signal?: AbortSignal) =>
      new Promise((resolve, reject) => {
        asked.push({ wanted, signal, answer: resolve, refuse: reject });
      })
  } as unknown as IRemote;
  const notebooks = new Notebooks();
  const targets = new Targets(null);
  targets.defaultMachine = 'box';
  const watch = new PreflightWatch(remote, notebooks, targets);
  return { asked, notebooks, targets, watch, connectedChanged };
}

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

const pause = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

describe('PreflightWatch', () => {
  it('asks nothing while nobody looks', async () => {
    const { asked, notebooks, watch } = setUp();
    notebooks.edit('x = 2');
    await pause(60_000);
    expect(asked).toHaveLength(0);
    watch.isAwake = true;
    await pause(0);
    expect(asked).toHaveLength(1);
    watch.isAwake = false;
    expect(asked[0]?.signal?.aborted).toBe(true);
    notebooks.edit('x = 3');
    await pause(60_000);
    expect(asked).toHaveLength(1);
  });

  it('asks once a pause in typing comes, and not for the same again', async () => {
    const { asked, notebooks, watch } = setUp();
    watch.isAwake = true;
    await pause(0);
    asked[0]?.answer({ files_total: 1 });
    await pause(0);
    expect(watch.answer?.files_total).toBe(1);
    for (const source of ['x', 'x =', 'x = 2']) {
      notebooks.edit(source);
      await pause(500);
    }
    expect(asked).toHaveLength(1);
    await pause(1000);
    expect(asked).toHaveLength(2);
    asked[1]?.answer({ files_total: 2 });
    notebooks.edit('x = 2'); // outputs came, the source is as it was
    await pause(5000);
    expect(asked).toHaveLength(2);
  });

  it('keeps the last answer where a newer request is refused', async () => {
    const { asked, targets, watch } = setUp();
    watch.isAwake = true;
    await pause(0);
    asked[0]?.answer({ files_total: 1 });
    targets.choose('a.ipynb', { params: { lr: 'x' } });
    await pause(300);
    asked[1]?.refuse(new Error('lr must be a number'));
    await pause(0);
    expect(watch.error?.message).toBe('lr must be a number');
    expect(watch.answer?.files_total).toBe(1);
    expect(watch.isAsking).toBe(false);
  });

  it('forgets it with the notebook, and takes no answer that comes late', async () => {
    const { asked, notebooks, watch } = setUp();
    watch.isAwake = true;
    await pause(0);
    notebooks.show('b.ipynb');
    await pause(0);
    asked[0]?.answer({ files_total: 1 });
    await pause(0);
    expect(watch.answer).toBeNull();
    asked[1]?.answer({ files_total: 2 });
    await pause(0);
    expect(watch.answer?.files_total).toBe(2);
    notebooks.show(null);
    await pause(0);
    expect(watch.answer).toBeNull();
    expect(asked).toHaveLength(2);
  });

  it('asks again when the server is back after a refusal', async () => {
    const { asked, watch, connectedChanged } = setUp();
    watch.isAwake = true;
    await pause(0);
    asked[0]?.refuse(new Error('gone'));
    await pause(0);
    connectedChanged.emit(true);
    await pause(0);
    expect(asked).toHaveLength(2);
  });
});
