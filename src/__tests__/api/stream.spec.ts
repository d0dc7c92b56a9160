import { ServerConnection } from '@jupyterlab/services';

import { type IBatch, Stream, type StreamItem } from '../../api/stream';

/**
 * The server's end of a connection, as far as a page can tell.
 */
class FakeSocket {
  static all: FakeSocket[] = [];

  static get last(): FakeSocket {
    const last = FakeSocket.all[FakeSocket.all.length - 1];
    if (!last) {
      throw new Error('nobody has connected');
    }
    return last;
  }

  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }

  readyState = 0;
  sent: Record<string, unknown>[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }

  close(): void {
    this.readyState = 3;
  }

  /** Take the connection and greet. */
  accept(): this {
    this.readyState = 1;
    this.onopen?.();
    this.tell({ type: 'hello', version: '1' });
    return this;
  }

  tell(...items: object[]): void {
    this.onmessage?.({ data: JSON.stringify({ items }) });
  }

  drop(): void {
    this.readyState = 3;
    this.onclose?.();
  }

  /** What was said of a kind. */
  said(type: string): Record<string, unknown>[] {
    return this.sent.filter(message => message.type === type);
  }
}

function events(since: number, next: number, seqs: number[], over = false) {
  const told = seqs.map(seq => ({ seq, event: { type: 'log', n: seq } }));
  return { type: 'events', run: 'R', since, next, over, events: told };
}

function hide(hidden: boolean): void {
  Object.defineProperty(document, 'hidden', {
    configurable: true,
    value: hidden
  });
  document.dispatchEvent(new Event('visibilitychange'));
}

let stream: Stream;
let batches: IBatch[];

const seqs = () => batches.flatMap(batch => batch.events.map(({ seq }) => seq));
const collect = (batch: IBatch) => {
  batches.push(batch);
};

function make(token = '', appendToken = false): Stream {
  return new Stream(
    ServerConnection.makeSettings({
      baseUrl: 'http://lab.test/user/a%20b/',
      wsUrl: 'ws://lab.test/user/a%20b/',
      token,
      appendToken,
      WebSocket: FakeSocket as unknown as typeof WebSocket
    })
  );
}

beforeEach(() => {
  jest.useFakeTimers();
  jest.spyOn(Math, 'random').mockReturnValue(0.5);
  FakeSocket.all = [];
  batches = [];
  hide(false);
  stream = make();
});

afterEach(() => {
  stream.dispose();
  jest.restoreAllMocks();
  jest.useRealTimers();
});

describe('one connection', () => {
  it('is made once, below the base URL, and only when it is asked for', () => {
    expect(FakeSocket.all).toHaveLength(0);
    stream.open();
    stream.open();
    expect(FakeSocket.all.map(({ url }) => url)).toEqual([
      'ws://lab.test/user/a%20b/jupyter-mlx/stream'
    ]);
  });

  it('carries the token where the page has one to append', () => {
    stream.dispose();
    stream = make('secret', true);
    stream.open();
    expect(FakeSocket.last.url).toMatch(/\/stream\?token=secret$/);
  });

  it('counts as heard from the first frame on', () => {
    const heard: boolean[] = [];
    stream.connectedChanged.connect((_, connected) => heard.push(connected));
    stream.open();
    FakeSocket.last.readyState = 1;
    FakeSocket.last.onopen?.();
    expect(stream.connected).toBe(false);
    FakeSocket.last.tell({ type: 'hello', version: '1' });
    FakeSocket.last.drop();
    expect(heard).toEqual([true, false]);
  });

  it('hands everything but events to whoever listens', () => {
    const items: StreamItem[] = [];
    stream.item.connect((_, item) => items.push(item));
    stream.open();
    FakeSocket.last.accept().tell({ type: 'resync' }, events(0, 5, [1]));
    expect(items.map(({ type }) => type)).toEqual(['hello', 'resync']);
  });
});

describe('a run that is followed', () => {
  beforeEach(() => {
    stream.open();
  });

  it('is asked for once the connection stands, and let go', () => {
    const following = stream.follow('R', collect);
    expect(FakeSocket.last.sent).toEqual([]);
    FakeSocket.last.accept();
    expect(FakeSocket.last.said('subscribe')).toEqual([
      { type: 'subscribe', run: 'R', since: 0 }
    ]);
    following.dispose();
    expect(FakeSocket.last.said('unsubscribe')).toHaveLength(1);
    FakeSocket.last.tell(events(0, 9, [1]));
    expect(batches).toEqual([]);
  });

  it('goes on at its offset over a new connection, each event once', () => {
    stream.follow('R', collect);
    FakeSocket.last.accept().tell(events(0, 100, [1, 2]));
    FakeSocket.last.tell(events(100, 200, [3]));
    FakeSocket.last.drop();
    jest.advanceTimersByTime(500);
    FakeSocket.last.accept();
    expect(FakeSocket.last.said('subscribe')).toEqual([
      { type: 'subscribe', run: 'R', since: 200 }
    ]);
    FakeSocket.last.tell(events(200, 300, [3, 4]));
    FakeSocket.last.tell(events(200, 300, [4]));
    FakeSocket.last.tell(events(300, 400, [5], true));
    expect(seqs()).toEqual([1, 2, 3, 4, 5]);
    expect(batches[batches.length - 1]?.over).toBe(true);
  });

  it('is not asked for again once it is over', () => {
    stream.follow('R', collect);
    FakeSocket.last.accept().tell(events(0, 100, [1], true));
    FakeSocket.last.drop();
    jest.advanceTimersByTime(500);
    expect(FakeSocket.last.accept().said('subscribe')).toEqual([]);
  });

  it('passes over what was on its way to an earlier follower', () => {
    stream.follow('R', () => undefined);
    FakeSocket.last.accept().tell(events(0, 100, [1]));
    stream.follow('R', collect);
    FakeSocket.last.tell(events(100, 200, [2]));
    FakeSocket.last.tell(events(0, 200, [1, 2]));
    expect(seqs()).toEqual([1, 2]);
  });

  it('keeps its part of a frame when another follower fails', () => {
    const complained = jest.spyOn(console, 'error').mockReturnValue();
    stream.follow('R', () => {
      throw new Error('of one follower');
    });
    stream.follow('S', collect);
    FakeSocket.last
      .accept()
      .tell(events(0, 100, [1]), { ...events(0, 50, [1]), run: 'S' });
    expect(seqs()).toEqual([1]);
    expect(complained).toHaveBeenCalledTimes(1);
  });

  it('says nothing over a connection that was given up', () => {
    stream.follow('R', collect);
    const first = FakeSocket.last.accept();
    const late = first.onmessage;
    first.drop();
    expect(first.onmessage).toBeNull();
    expect(late).not.toBeNull();
    first.tell(events(0, 100, [1]));
    expect(batches).toEqual([]);
  });
});

describe('coming back', () => {
  function waits(...times: number[]): void {
    for (const wait of times) {
      const before = FakeSocket.all.length;
      FakeSocket.last.readyState = 1;
      FakeSocket.last.onopen?.(); // taken, and dropped before a word was said
      FakeSocket.last.drop();
      jest.advanceTimersByTime(wait - 1);
      expect(FakeSocket.all).toHaveLength(before);
      jest.advanceTimersByTime(1);
      expect(FakeSocket.all).toHaveLength(before + 1);
    }
  }

  it('waits longer after each try, and starts over once it was heard', () => {
    stream.open();
    waits(500, 1000, 2000, 2000, 2000);
    FakeSocket.last.accept();
    waits(500);
  });

  it('takes its time after two minutes, and while nobody looks', () => {
    stream.open();
    waits(500, 1000, ...Array<number>(58).fill(2000), 15_000, 15_000);
    FakeSocket.last.accept();
    hide(true);
    waits(500, 1000, 2000, 4000, 8000, 15_000, 15_000);
  });

  it('is at once when the network or the person is back', () => {
    stream.open();
    for (let n = 0; n < 6; n++) {
      FakeSocket.last.drop();
      jest.advanceTimersByTime(n < 5 ? 15_000 : 1);
    }
    const before = FakeSocket.all.length;
    window.dispatchEvent(new Event('online'));
    expect(FakeSocket.all).toHaveLength(before + 1);
    FakeSocket.last.drop();
    hide(true);
    hide(false);
    expect(FakeSocket.all).toHaveLength(before + 2);
    jest.advanceTimersByTime(1000);
    expect(FakeSocket.all).toHaveLength(before + 2);
  });

  it('never happens after the end', () => {
    stream.open();
    FakeSocket.last.accept();
    stream.dispose();
    FakeSocket.last.drop();
    window.dispatchEvent(new Event('online'));
    jest.runAllTimers();
    stream.open();
    expect(FakeSocket.all).toHaveLength(1);
  });
});

describe('a connection that died without a word', () => {
  it('is asked after a silence, and kept where it answers', () => {
    stream.open();
    FakeSocket.last.accept();
    for (let n = 1; n <= 5; n++) {
      jest.advanceTimersByTime(15_000);
      expect(FakeSocket.last.said('ping')).toHaveLength(n);
      FakeSocket.last.tell({ type: 'pong' });
    }
    expect(FakeSocket.all).toHaveLength(1);
    expect(stream.connected).toBe(true);
  });

  it('is given up where it does not', () => {
    stream.follow('R', collect);
    stream.open();
    const dead = FakeSocket.last.accept();
    dead.tell(events(0, 70, [1]));
    jest.advanceTimersByTime(25_000);
    expect(stream.connected).toBe(false);
    expect(dead.readyState).toBe(3);
    jest.advanceTimersByTime(500);
    expect(FakeSocket.last.accept().said('subscribe')).toEqual([
      { type: 'subscribe', run: 'R', since: 70 }
    ]);
  });

  it('is given up as well where it is never taken', () => {
    stream.open();
    jest.advanceTimersByTime(10_500);
    expect(FakeSocket.all).toHaveLength(2);
    FakeSocket.last.readyState = 1;
    FakeSocket.last.onopen?.(); // taken, but nobody greets
    jest.advanceTimersByTime(11_000);
    expect(FakeSocket.all).toHaveLength(3);
  });

  it('is asked at once when the person is back', () => {
    stream.open();
    const dead = FakeSocket.last.accept();
    hide(true);
    dead.tell({ type: 'resync' });
    jest.advanceTimersByTime(3_600_000);
    expect(dead.said('ping')).toEqual([]);
    hide(false);
    expect(dead.said('ping')).toHaveLength(1);
    jest.advanceTimersByTime(10_500);
    expect(FakeSocket.all).toHaveLength(2);
  });
});

describe('the pace', () => {
  it('is told with each connection and each change', () => {
    hide(true);
    stream.open();
    FakeSocket.last.accept();
    expect(FakeSocket.last.said('pace')).toEqual([
      { type: 'pace', hidden: true }
    ]);
    hide(false);
    hide(true);
    expect(FakeSocket.last.said('pace').map(({ hidden }) => hidden)).toEqual([
      true,
      false,
      true
    ]);
  });

  it('costs nothing while nobody looks', () => {
    stream.open();
    FakeSocket.last.accept();
    jest.advanceTimersByTime(15_000);
    hide(true);
    const before = FakeSocket.last.sent.length;
    jest.advanceTimersByTime(600_000);
    expect(FakeSocket.last.sent).toHaveLength(before);
    expect(FakeSocket.all).toHaveLength(1);
  });
});
