import { readEvent } from '../../models/events';
import { CellOutputs } from '../../models/outputs';
import { overwrite, seen } from '../../models/terminal';

function folded(...events: object[]): CellOutputs {
  const outputs = new CellOutputs();
  for (const event of events) {
    const read = readEvent({ t: 0, cell: 0, ...event });
    if (read) {
      outputs.apply(read);
    }
  }
  return outputs;
}

function stream(text: string): object {
  return { type: 'stream', name: 'stdout', text };
}

function output(data: unknown): object {
  return { type: 'output', output: { output_type: 'display_data', data } };
}

describe('overwrite', () => {
  it.each([
    ['', 'a\rb', 'b'],
    ['abc', '\rx', 'xbc\rx'],
    ['abc\rx', 'y', 'xyc\rxy'],
    ['abc\rx', '\n', 'xbc\n'],
    ['ab\b', 'c', 'ac'],
    ['one\n', '\rtwo', 'one\ntwo'],
    ['', '\r1\r22\r333\r4', '433\r4'],
    ['😀😀', '\r😁', '😁😀\r😁']
  ])('%j and then %j', (shown, added, wanted) => {
    expect(overwrite(shown, added)).toBe(wanted);
  });

  it('is the same in pieces as at once', () => {
    const text = 'ab\rc\n\r12\b3\r\r9\nlong line\rx😀\bz';
    for (let at = 0; at <= text.length; at++) {
      const pieces = overwrite(
        overwrite('', text.slice(0, at)),
        text.slice(at)
      );
      expect(seen(pieces)).toBe(seen(overwrite('', text)));
    }
  });
});

describe('outputs of a cell', () => {
  it('hold no end of a text without end', () => {
    const line = `${'x'.repeat(99)}\n`;
    const outputs = new CellOutputs();
    for (let at = 0; at < 400; at++) {
      const text = `${at}\n${line.repeat(100)}`;
      outputs.apply({ type: 'stream', t: 0, cell: 0, name: 'stdout', text });
    }
    const text = outputs.list[0]?.['text'] as string;
    expect(outputs.list).toHaveLength(1);
    expect(text.length).toBeLessThan(1_100_000);
    expect(text.startsWith('0\n')).toBe(true);
    expect(text.endsWith(line)).toBe(true);
    expect(text).toContain('\n399\n');
    expect(text.match(/characters left out here/g)).toHaveLength(1);
    const left = Number(/… (\d+) characters/.exec(text)?.[1]);
    const whole =
      400 * 100 * 100 + [...Array(400).keys()].join('\n').length + 1;
    const line2 = /\n… .* …\n/.exec(text)?.[0] ?? '';
    expect(text.length - line2.length + left).toBe(whole);
  });

  it('hold no end of displays, but the first and the last', () => {
    const outputs = folded(
      ...Array.from({ length: 25_000 }, (_, at) =>
        output({ 'text/plain': `${at}` })
      )
    );
    const texts = outputs.list.map(
      one => (one['data'] as Record<string, string>)['text/plain']
    );
    expect(texts.length).toBeLessThan(10_010);
    expect(texts.slice(0, 2)).toEqual(['0', '1']);
    expect(texts[texts.length - 1]).toBe('24999');
    const mark = texts.find(text => text?.includes('left out'));
    expect(Number(/\d+/.exec(mark ?? '')?.[0]) + texts.length - 1).toBe(25_000);
  });

  it('have only fields that notebooks know, each of its kind', () => {
    const { list } = folded(
      {
        type: 'output',
        output: { output_type: 'error', ename: 1, traceback: ['a', 2], x: 1 }
      },
      {
        type: 'output',
        output: {
          output_type: 'execute_result',
          execution_count: 'x',
          data: { 'text/html': 7 }
        }
      },
      { type: 'output', output: { output_type: 'x' } },
      output([1, 2])
    );
    expect(list).toEqual([
      { output_type: 'error', ename: '', evalue: '', traceback: ['a'] },
      {
        output_type: 'execute_result',
        execution_count: null,
        data: { 'text/html': '7' },
        metadata: {}
      },
      { output_type: 'display_data', data: {}, metadata: {} }
    ]);
  });

  it('join streams that come as a list', () => {
    const one = { output_type: 'stream', name: 'stdout', text: ['a', 'b'] };
    const { list } = folded(stream('x'), {
      type: 'set_output',
      outputs: [one, one]
    });
    expect(list).toEqual([
      { output_type: 'stream', name: 'stdout', text: 'abab' }
    ]);
  });
});
