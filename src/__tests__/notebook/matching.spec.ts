import { matchCells } from '../../notebook/matching';

const ran = [
  { index: 1, id: 'injected-parameters', source: 'lr = 1' },
  { index: 2, id: 'a', source: 'x' },
  { index: 4, id: 'b', source: 'y' },
  { index: 5, id: 'c', source: 'x' }
];

function pairs(document: { id: string; source: string }[]): object {
  return Object.fromEntries(
    [...matchCells(ran, document)].map(([id, { index }]) => [id, index])
  );
}

describe('matchCells', () => {
  it('knows cells by their ids wherever they stand, whatever they hold now', () => {
    const document = [
      { id: 'c', source: 'x' },
      { id: 'new', source: 'y' },
      { id: 'a', source: 'edited' }
    ];
    expect(pairs(document)).toEqual({ c: 5, a: 2 });
  });

  it('takes equal sources in their order where ids are new', () => {
    const document = ['other', 'x', 'y', 'x', 'x'].map((source, at) => ({
      id: `n${at}`,
      source
    }));
    expect(pairs(document)).toEqual({ n1: 2, n2: 4, n3: 5 });
  });

  it('finds nothing where nothing is alike', () => {
    expect(pairs([{ id: 'z', source: 'z' }])).toEqual({});
    expect(pairs([])).toEqual({});
  });
});
