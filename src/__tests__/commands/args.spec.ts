import { index, list, text, texts } from '../../commands/args';

describe('arguments', () => {
  it('are taken only where they are of the right kind', () => {
    const args = { path: 3, run: '', from: -1, to: 1.5, at: 2, tags: ['a', 1] };
    expect(text(args, 'path')).toBeNull();
    expect(text(args, 'run')).toBeNull();
    expect(text(args, 'missing')).toBeNull();
    expect(index(args, 'from')).toBeNull();
    expect(index(args, 'to')).toBeNull();
    expect(index(args, 'at')).toBe(2);
    expect(list(args, 'tags')).toEqual(['a']);
    expect(list(args, 'path')).toBeNull();
  });

  it('keep texts as they are and write out the rest', () => {
    expect(texts({ params: { a: 'x', b: 1e-3, c: true } }, 'params')).toEqual({
      a: 'x',
      b: '0.001',
      c: 'true'
    });
    expect(texts({ params: ['x'] }, 'params')).toEqual({});
  });
});
