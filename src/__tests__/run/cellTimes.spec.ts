import { cellSeconds, shares } from '../../run/cellTimes';

const cell = { state: 'waiting', started: null, ended: null, duration_s: null };

describe('cellSeconds', () => {
  it('is what the machine measured, else what passed, else nothing', () => {
    expect(cellSeconds({ ...cell, started: 1, duration_s: 4 }, 99)).toBe(4);
    expect(cellSeconds({ ...cell, state: 'running', started: 90 }, 99)).toBe(9);
    expect(
      cellSeconds({ ...cell, state: 'failed', started: 90, ended: 95 }, 99)
    ).toBe(5);
    expect(cellSeconds(cell, 99)).toBeNull();
  });

  it('is never less than nothing, whatever the clocks say', () => {
    expect(cellSeconds({ ...cell, state: 'running', started: 99 }, 90)).toBe(0);
  });
});

describe('shares', () => {
  it('are by time, and some for all', () => {
    expect(shares([3, 1, null])).toEqual([0.75, 0.25, 0.001]);
  });

  it('are alike before anything started', () => {
    expect(shares([null, null])).toEqual([1, 1]);
  });
});
