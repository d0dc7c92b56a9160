import { Starts } from '../../models/starts';
import { aRun } from '../runs';

describe('Starts', () => {
  it('has a start pending until the server answers', () => {
    const starts = new Starts();
    const seen: boolean[] = [];
    starts.changed.connect((_, { isPending }) => {
      seen.push(isPending);
    });
    starts.begin('A', 'nb.ipynb', 'box');
    expect(starts.pendingOf('nb.ipynb')?.id).toBe('A');
    expect(starts.pendingOf('other.ipynb')).toBeNull();
    starts.settle('A');
    starts.settle('A');
    expect(starts.pendingOf('nb.ipynb')).toBeNull();
    expect(seen).toEqual([true, false]);
  });

  it('knows which notebook a run is of, by the start before the server tells', () => {
    const starts = new Starts();
    const run = aRun({ id: 'A', path: null });
    expect(starts.isOf(run, 'sub/nb.ipynb')).toBe(false);
    starts.begin('A', 'sub/nb.ipynb', 'box');
    expect(starts.isOf(run, 'sub/nb.ipynb')).toBe(true);
    expect(starts.isOf(aRun({ path: 'sub/nb.ipynb' }), 'nb.ipynb')).toBe(false);
  });

  it('lists the open runs of a notebook', () => {
    const open = aRun({ id: 'A', path: 'nb.ipynb' });
    const runs = [
      open,
      aRun({ id: 'B', path: 'nb.ipynb', state: 'succeeded' }),
      aRun({ id: 'C', path: 'other.ipynb' })
    ];
    expect(new Starts().openOf('nb.ipynb', runs)).toEqual([open]);
  });
});
