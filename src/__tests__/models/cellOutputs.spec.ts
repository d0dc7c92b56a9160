import type { JournalEvent } from '../../models/events';
import { CellOutputs, displayId } from '../../models/outputs';

const stream = (text: string, name: 'stdout' | 'stderr' = 'stdout') =>
  ({ type: 'stream', t: 0, cell: 0, name, text }) as const;
const shown = (text: string, id?: string): JournalEvent => ({
  type: 'output',
  t: 0,
  cell: 0,
  output: {
    output_type: 'display_data',
    data: { 'text/plain': text },
    metadata: {},
    ...(id === undefined ? {} : { display_id: id })
  }
});

function folded(...events: JournalEvent[]): CellOutputs {
  const outputs = new CellOutputs();
  events.forEach(event => outputs.apply(event));
  return outputs;
}

describe('CellOutputs', () => {
  it('put text of one stream together, and another stream behind it', () => {
    const { list } = folded(
      stream('a'),
      stream('b\n'),
      stream('!', 'stderr'),
      stream('c')
    );
    expect(list.map(one => [one['name'], one['text']])).toEqual([
      ['stdout', 'ab\n'],
      ['stderr', '!'],
      ['stdout', 'c']
    ]);
  });

  it('show the last state of a progress bar', () => {
    const { list } = folded(stream('10 %\r'), stream('20 %\r'), stream('done'));
    expect(list[0]?.['text']).toBe('done');
  });

  it('clear at once, or with the next output', () => {
    const clear = (wait: boolean): JournalEvent => ({
      type: 'clear_output',
      t: 0,
      cell: 0,
      wait
    });
    expect(folded(stream('a'), clear(false)).list).toEqual([]);
    const waiting = folded(stream('a'), clear(true));
    expect(waiting.list).toHaveLength(1);
    expect(waiting.apply(stream('b'))).toEqual([
      { kind: 'clear' },
      expect.objectContaining({ kind: 'add' })
    ]);
    expect(waiting.list).toHaveLength(1);
  });

  it('update every display of an id', () => {
    const outputs = folded(
      shown('old', 'x'),
      shown('other'),
      shown('old', 'x')
    );
    const changes = outputs.apply({
      type: 'update_display',
      t: 0,
      display_id: 'x',
      data: { 'text/plain': 'new' },
      metadata: {}
    });
    expect(changes.map(one => 'index' in one && one.index)).toEqual([0, 2]);
    const texts = outputs.list.map(
      one => (one['data'] as Record<string, unknown>)['text/plain']
    );
    expect(texts).toEqual(['new', 'other', 'new']);
  });

  it('are replaced as a whole, count what was thinned, and begin anew', () => {
    const outputs = folded(stream('a'), {
      type: 'set_output',
      t: 0,
      cell: 0,
      outputs: [{ output_type: 'stream', name: 'stdout', text: 'b' }]
    });
    expect(outputs.list).toHaveLength(1);
    outputs.apply({ type: 'thinned', t: 0, cell: 0, bytes: 10 });
    expect(outputs.thinned).toBe(10);
    expect(outputs.restart()).toEqual([{ kind: 'clear' }]);
    expect(outputs.restart()).toEqual([]);
    expect(outputs.thinned).toBe(0);
  });

  it('tell changes that, applied elsewhere, give the same', () => {
    const events: JournalEvent[] = [
      stream('1\r'),
      stream('22'),
      shown('p', 'x'),
      stream('\b3'),
      { type: 'clear_output', t: 0, cell: 0, wait: true },
      shown('q', 'x'),
      {
        type: 'update_display',
        t: 0,
        display_id: 'x',
        data: {},
        metadata: {}
      }
    ];
    const outputs = new CellOutputs();
    let length = 0;
    for (const event of events) {
      for (const change of outputs.apply(event)) {
        length +=
          change.kind === 'add' ? 1 : change.kind === 'clear' ? -length : 0;
      }
    }
    expect(length).toBe(outputs.list.length);
  });
});

describe('displayId', () => {
  it('is found where journals and where kernels put it', () => {
    const output = { output_type: 'display_data', data: {}, metadata: {} };
    expect(displayId({ ...output, display_id: 'a' })).toBe('a');
    expect(displayId({ ...output, transient: { display_id: 'b' } })).toBe('b');
    expect(displayId({ ...output, transient: { display_id: 3 } })).toBeNull();
    expect(displayId(output)).toBeNull();
  });
});
