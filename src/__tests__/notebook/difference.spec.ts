import { lineDifference } from '../../notebook/difference';

function shown(before: string, after: string): string {
  const signs = { same: ' ', gone: '-', new: '+' };
  return lineDifference(before, after)
    .map(({ kind, text }) => signs[kind] + text)
    .join('|');
}

describe('lineDifference', () => {
  it.each([
    ['a\nb\nc', 'a\nb\nc', ' a| b| c'],
    ['a\nb\nc', 'a\nx\nc', ' a|-b|+x| c'],
    ['a\nc', 'a\nb\nc', ' a|+b| c'],
    ['a\nb\nc', 'a\nc', ' a|-b| c'],
    ['a\na\na', 'a\na', ' a| a|-a'],
    ['', 'a', '-|+a'],
    ['x\na\ny\nb', 'a\nz\nb\nw', '-x| a|-y|+z| b|+w']
  ])('of %j and %j', (before, after, wanted) => {
    expect(shown(before, after)).toBe(wanted);
  });

  it('gives back both texts, whatever they are', () => {
    for (let seed = 1; seed < 60; seed++) {
      const [before, after] = [texts(seed), texts(seed * 7)];
      const lines = lineDifference(before, after);
      const side = (not: string) =>
        lines.filter(({ kind }) => kind !== not).map(({ text }) => text);
      expect(side('new').join('\n')).toBe(before);
      expect(side('gone').join('\n')).toBe(after);
    }
  });

  it('shows texts that are too long to compare one after the other', () => {
    const many = (mark: string) =>
      Array.from({ length: 3000 }, (_, at) => `${mark}${at}`).join('\n');
    const lines = lineDifference(many('a'), many('b'));
    expect(lines).toHaveLength(6000);
    expect(lines[0]).toEqual({ kind: 'gone', text: 'a0' });
  });
});

function texts(seed: number): string {
  return Array.from({ length: seed % 9 }, (_, at) =>
    'abc'.charAt((seed * (at + 3) * 31) % 3)
  ).join('\n');
}
