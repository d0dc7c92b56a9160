import { hasMedia, readExecuted, withMedia } from '../../run/executed';

describe('readExecuted', () => {
  it('reads cells, joins sources, and names the language', () => {
    const executed = readExecuted({
      missing: [],
      notebook: {
        metadata: {
          language_info: { name: 'python', mimetype: 'text/x-python' }
        },
        cells: [
          { cell_type: 'markdown', source: ['# A\n', 'b'], id: 'm' },
          {
            cell_type: 'code',
            source: '1',
            outputs: [{ output_type: 'stream' }]
          }
        ]
      }
    });
    expect(executed).toMatchObject({
      language: 'text/x-python',
      names: ['python']
    });
    expect(executed.cells).toEqual([
      { index: 0, kind: 'markdown', id: 'm', source: '# A\nb', outputs: [] },
      {
        index: 1,
        kind: 'code',
        id: '',
        source: '1',
        outputs: [{ output_type: 'stream' }]
      }
    ]);
  });

  it.each([
    [{}],
    [{ cells: 'none', metadata: 3 }],
    [{ cells: [null, 7, { source: {} }] }]
  ])('takes %j without complaint', notebook => {
    const { cells } = readExecuted({ missing: [], notebook });
    expect(cells.every(({ source }) => source === '')).toBe(true);
  });
});

describe('withMedia', () => {
  const large = { $media: 'a'.repeat(64), size: 9, encoding: 'text' };
  const output = {
    output_type: 'display_data',
    metadata: {},
    data: { 'image/png': large, 'text/plain': 'figure' }
  };

  it('knows an output with a value that stands elsewhere', () => {
    expect(hasMedia(output)).toBe(true);
    expect(hasMedia({ output_type: 'stream', text: '' })).toBe(false);
  });

  it('puts in the value of the composed notebook', () => {
    const whole = [{ ...output, data: { 'image/png': 'PNG' } }];
    expect(withMedia([output], whole)[0]?.['data']).toEqual({
      'image/png': 'PNG',
      'text/plain': 'figure'
    });
  });

  it('leaves the value out while it is not known, but never the whole output', () => {
    expect(withMedia([output], null)[0]?.['data']).toEqual({
      'text/plain': 'figure'
    });
    const alone = { ...output, data: { 'image/png': large } };
    expect(withMedia([alone], null)[0]?.['data']).toEqual({
      'text/plain': '…'
    });
  });
});
