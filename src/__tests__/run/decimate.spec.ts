import { decimate, nearest, within } from '../../run/decimate';

const line = (length: number, value: (at: number) => number) => ({
  x: Array.from({ length }, (_, at) => at),
  y: Array.from({ length }, (_, at) => value(at))
});

describe('decimate', () => {
  it('keeps every point where there is room for all', () => {
    const { x, y } = line(10, at => at);
    expect(decimate(x, y, 2, 8, 100)).toEqual([2, 3, 4, 5, 6, 7]);
  });

  it('leaves at most two points a pixel, in order', () => {
    const { x, y } = line(100_000, at => Math.sin(at / 50));
    const kept = decimate(x, y, 0, x.length, 300);
    expect(kept.length).toBeLessThanOrEqual(600);
    expect(kept.length).toBeGreaterThan(300);
    expect(kept).toEqual([...kept].sort((a, b) => a - b));
  });

  it('keeps every peak', () => {
    const { x, y } = line(50_000, at =>
      at === 31_337 ? 99 : at === 4 ? -99 : 0
    );
    const kept = decimate(x, y, 0, x.length, 200);
    expect(kept).toContain(31_337);
    expect(kept).toContain(4);
  });

  it('keeps gaps, also of a single value, and stays within its limit', () => {
    const { x, y } = line(10_000, at => (at === 5_000 ? NaN : at));
    const kept = decimate(x, y, 0, x.length, 100);
    expect(kept).toContain(5_000);
    expect(kept.length).toBeLessThanOrEqual(200);
  });

  it('takes infinity for a gap and not for a peak', () => {
    const { x, y } = line(10_000, at => (at % 2 ? Infinity : at));
    const values = decimate(x, y, 0, x.length, 50).map(at => y[at] ?? 0);
    expect(values).toContain(9_998);
    expect(values).toContain(0);
  });

  it.each([
    ['nothing', [], []],
    ['one place', [7, 7, 7, 7, 7], [1, 5, 2, 0, 3]]
  ])('copes with %s', (_, x, y) => {
    const kept = decimate(x, y, 0, x.length, 1).map(at => y[at]);
    expect(kept).toEqual(x.length ? [5, 0] : []);
  });

  it('counts stretches along x, so that sparse parts keep their points', () => {
    const x = [...Array(1000).keys()].map(at => (at < 990 ? at / 1000 : at));
    const kept = decimate(
      x,
      x.map(() => 1),
      0,
      x.length,
      20
    );
    expect(kept.filter(at => at >= 990).length).toBeGreaterThan(0);
    expect(kept.filter(at => at < 990).length).toBeLessThanOrEqual(2);
  });
});

describe('within', () => {
  const x = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

  it('takes one point more on each side', () => {
    const [from, to] = within(x, 3, 5);
    expect(x.slice(from, to)).toEqual([2, 3, 4, 5, 6]);
  });

  it('takes all of an endless range', () => {
    expect(within(x, -Infinity, Infinity)).toEqual([0, 10]);
  });
});

describe('nearest', () => {
  it.each([
    [-5, 0],
    [1.4, 1],
    [1.6, 2],
    [99, 3]
  ])('finds the point next to %d', (where, at) => {
    expect(nearest([0, 1, 2, 10], where)).toBe(at);
  });

  it('finds none where there is none', () => {
    expect(nearest([], 1)).toBe(-1);
  });
});
