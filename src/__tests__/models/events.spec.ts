import { metricValue, readEvent } from '../../models/events';

describe('readEvent', () => {
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', ''])(
    'takes no type %p from a machine',
    type => {
      const event = JSON.parse(JSON.stringify({ type: 'x', t: 1 })) as object;
      Object.defineProperty(event, 'type', { value: type });
      expect(readEvent(event as Record<string, unknown>)).toBeNull();
    }
  );

  it.each([
    { type: 'stream', cell: -1, text: 'a' },
    { type: 'stream', cell: 1.5, text: 'a' },
    { type: 'stream', cell: '1', text: 'a' },
    { type: 'cell', state: 'running' },
    { type: 'output', cell: 0, output: { output_type: 'script' } },
    { type: 'output', cell: 0, output: ['display_data'] },
    { type: 3 }
  ])('refuses %j', event => {
    expect(readEvent(event)).toBeNull();
  });

  it('fills what is missing or of another kind', () => {
    expect(readEvent({ type: 'state', t: 'soon', state: 3 })).toEqual({
      type: 'state',
      t: 0,
      state: '',
      reason: ''
    });
    expect(readEvent({ type: 'stream', t: 2, cell: 0, name: 'x' })).toEqual({
      type: 'stream',
      t: 2,
      cell: 0,
      name: 'stdout',
      text: ''
    });
    expect(
      readEvent({ type: 'sample', t: 1, cpu: '9', gpus: [null, { util: 5 }] })
    ).toMatchObject({ sample: { time: 1, cpu: null, gpus: [{ util: 5 }] } });
  });

  it('reads metrics whatever their keys are called', () => {
    const values = JSON.parse(
      '{"__proto__": 1, "loss": "NaN", "done": true, "text": "a", "up": "Infinity"}'
    ) as object;
    const read = readEvent({ type: 'metric', t: 1, values, step: 2 });
    expect(read?.type === 'metric' && Object.entries(read.values)).toEqual([
      ['__proto__', 1],
      ['loss', NaN],
      ['done', 1],
      ['up', Infinity]
    ]);
  });

  it('keeps only outputs that are outputs', () => {
    const outputs = [{ output_type: 'stream' }, { output_type: 'x' }, null];
    const read = readEvent({ type: 'set_output', t: 1, cell: 0, outputs });
    expect(read?.type === 'set_output' && read.outputs).toEqual([
      { output_type: 'stream', name: 'stdout', text: '' }
    ]);
  });
});

describe('metricValue', () => {
  it('is a number or nothing', () => {
    expect(metricValue('-Infinity')).toBe(-Infinity);
    expect(metricValue('1')).toBeNull();
    expect(metricValue(false)).toBe(0);
    expect(metricValue(null)).toBeNull();
  });
});
