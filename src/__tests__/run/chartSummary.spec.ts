import { nullTranslator } from '@jupyterlab/translation';

import { chartSummary } from '../../run/chartSummary';

const trans = nullTranslator.load('jupyter_mlx');

function summary(...y: number[]): string {
  const x = y.map((_, at) => at * 10);
  return chartSummary('loss', { x, lines: [{ name: 'loss', y }] }, trans);
}

describe('chartSummary', () => {
  it('tells how a line fell and where it was lowest', () => {
    expect(summary(2.1, 0.2, 0.21)).toBe(
      'loss fell from 2.1 to 0.21 over 3 points, lowest 0.2 at 10'
    );
  });

  it('tells how a line rose and where it was highest', () => {
    expect(summary(0.5, 0.95, 0.9)).toBe(
      'loss rose from 0.5 to 0.9 over 3 points, highest 0.95 at 10'
    );
  });

  it('tells of a line that came back', () => {
    expect(summary(1, 3, 1)).toContain('began and stands at 1 over 3 points');
  });

  it('counts values that are not finite and takes none of them for an end', () => {
    expect(summary(NaN, 3, 1, Infinity)).toBe(
      'loss fell from 3 to 1 over 2 points, lowest 1 at 20, 2 values are not finite'
    );
  });

  it('tells a single value, and none', () => {
    expect(summary(7)).toBe('loss is 7');
    expect(summary(NaN)).toBe('loss has no finite value yet');
  });

  it('names each of several lines', () => {
    const lines = ['a', 'b'].map(name => ({ name, y: [1, 2] }));
    expect(chartSummary('GPU', { x: [0, 1], lines }, trans)).toMatch(
      /^GPU a rose.*\. GPU b rose/
    );
  });
});
