import { costSoFar, tally } from '../../models/tally';
import { aRun } from '../runs';

const now = Date.parse('2026-01-01T11:00:00Z');
const started = '2026-01-01T10:30:00Z';

describe('tally', () => {
  it('counts open runs alone, those that wait apart', () => {
    const found = tally(
      [
        aRun({ state: 'running' }),
        aRun({ state: 'preparing' }),
        aRun({ state: 'queued' }),
        aRun({ state: 'failed', price: 5, started, ended: started })
      ],
      now
    );
    expect(found.running).toBe(2);
    expect(found.queued).toBe(1);
    expect(found.cost.size).toBe(0);
  });

  it('sums the cost so far by currency', () => {
    const { cost } = tally(
      [
        aRun({ price: 2, started }),
        aRun({ price: 4, started }),
        aRun({ price: 1, started, currency: 'USD' }),
        aRun({ price: 1, started: null })
      ],
      now
    );
    expect([...cost]).toEqual([
      ['EUR', 3],
      ['USD', 0.5]
    ]);
  });
});

describe('costSoFar', () => {
  it('stands still once the run is over', () => {
    const ended = '2026-01-01T10:45:00Z';
    expect(costSoFar(aRun({ price: 4, started, ended }), now)).toBe(1);
  });

  it('is not known without a price', () => {
    expect(costSoFar(aRun({ started }), now)).toBeNull();
  });
});
