import type { IRunSummary } from '../../api/types';
import {
  byMetric,
  expectedDuration,
  filtered,
  type IHistoryFilter,
  isBetter,
  isLowerBetter,
  isRunOf,
  sortMetric,
  tellingMetric
} from '../../models/history';
import { elapsed, isStopping, reach } from '../../models/states';
import { aRun } from './lab';

const ALL: IHistoryFilter = {
  text: '',
  ends: [],
  isStarred: false,
  notebook: null,
  sort: 'newest'
};

function over(number: number, change: Partial<IRunSummary> = {}): IRunSummary {
  return aRun({
    id: `run-${number}`,
    number,
    state: 'succeeded',
    created: `2026-01-${10 + number}T00:00:00Z`,
    started: `2026-01-${10 + number}T00:00:00Z`,
    ended: `2026-01-${10 + number}T00:0${number}:00Z`,
    ...change
  });
}

const numbers = (runs: IRunSummary[]): number[] => runs.map(run => run.number);

describe('filtered', () => {
  const runs = [
    over(4, { state: 'running' }),
    over(3, { state: 'lost', reason: 'rebooted', notebook: 'a/eval.ipynb' }),
    over(2, { tags: ['starred', 'base'], metrics: { acc: 0.5 } }),
    over(1, { notes: 'Good one', metrics: { acc: 'NaN' } }),
    over(0, { state: 'cancelled', metrics: { acc: 0.9 } })
  ];
  const found = (change: Partial<IHistoryFilter>): number[] =>
    numbers(filtered(runs, { ...ALL, ...change }));

  it('leaves out what still goes', () => {
    expect(found({})).toEqual([3, 2, 1, 0]);
  });

  it('finds every word, wherever it stands', () => {
    expect(found({ text: 'GOOD train' })).toEqual([1]);
    expect(found({ text: '#2' })).toEqual([2]);
    expect(found({ text: 'reboot' })).toEqual([3]);
    expect(found({ text: 'nothing' })).toEqual([]);
  });

  it('counts lost runs to the failed ones', () => {
    expect(found({ ends: ['failed'] })).toEqual([3]);
    expect(found({ ends: ['cancelled', 'succeeded'] })).toEqual([2, 1, 0]);
  });

  it('shows starred runs, and those of a notebook', () => {
    expect(found({ isStarred: true })).toEqual([2]);
    expect(found({ notebook: 'eval.ipynb' })).toEqual([3]);
  });

  it('sorts the best first, and those without a value last', () => {
    expect(found({ sort: byMetric('acc') })).toEqual([0, 2, 3, 1]);
    expect(found({ sort: 'duration' })).toEqual([3, 2, 1, 0]);
  });
});

it('a metric may be called anything', () => {
  expect(sortMetric(byMetric('metric:a b'))).toBe('metric:a b');
  expect(sortMetric('duration')).toBeNull();
});

it('a run is of a notebook by the whole name of its file', () => {
  const run = aRun({ project: '/home/me/work/p', notebook: 'a/train.ipynb' });
  expect(isRunOf(run, 'work/p/a/train.ipynb')).toBe(true);
  expect(isRunOf(run, 'train.ipynb')).toBe(true);
  expect(isRunOf(run, 'rain.ipynb')).toBe(false);
  expect(isRunOf(run, 'other/a/train.ipynb')).toBe(false);
});

describe('isBetter', () => {
  it('compares with the run of the same notebook before it', () => {
    const runs = [
      over(3, { metrics: { loss: 0.2, acc: 0.2 } }),
      over(2, { metrics: { loss: 9 }, notebook: 'other.ipynb' }),
      over(1, { metrics: { loss: 0.4, acc: 0.4 } })
    ];
    const [newest, , oldest] = runs;
    expect(newest && isBetter(newest, 'loss', runs)).toBe(true);
    expect(newest && isBetter(newest, 'acc', runs)).toBe(false);
    expect(newest && isBetter(newest, 'f1', runs)).toBeNull();
    expect(oldest && isBetter(oldest, 'loss', runs)).toBeNull();
  });

  it('knows by the name which way is better', () => {
    expect(['val_loss', 'RMSE', 'error', 'time_s'].map(isLowerBetter)).toEqual(
      Array(4).fill(true)
    );
    expect(['acc', 'f1', 'certainty', 'supply'].map(isLowerBetter)).toEqual(
      Array(4).fill(false)
    );
    expect(tellingMetric(['lr', 'val_loss'])).toBe('val_loss');
    expect(tellingMetric(['lr'])).toBe('lr');
    expect(tellingMetric([])).toBeNull();
  });
});

describe('expectedDuration', () => {
  it('is the median of what succeeded there', () => {
    const runs = [
      over(5, { state: 'failed' }),
      over(4, { machine: 'other' }),
      over(3),
      over(2),
      over(1)
    ];
    expect(expectedDuration(aRun(), runs)).toBe(120);
    expect(expectedDuration(aRun({ machine: 'new' }), runs)).toBeNull();
  });
});

describe('states', () => {
  it('count time from the start to the end, or to now', () => {
    const started = '2026-01-01T00:00:00Z';
    const now = Date.parse(started) + 5000;
    expect(elapsed({ started: null, ended: null }, now)).toBeNull();
    expect(elapsed({ started, ended: null }, now)).toBe(5);
    expect(elapsed({ started, ended: '2026-01-01T00:00:02Z' }, now)).toBe(2);
    expect(elapsed({ started, ended: null }, now - 60_000)).toBe(0);
  });

  it('a stop is on its way until the run is over', () => {
    const asked = { cancel_requested: '2026-01-01T00:00:00Z' };
    expect(isStopping(aRun(asked))).toBe(true);
    expect(isStopping(aRun({ ...asked, state: 'cancelled' }))).toBe(false);
    expect(isStopping(aRun())).toBe(false);
  });

  it('a machine is reachable as far as is known', () => {
    const view = (transport: string, since: string | null) => ({
      machine: { transport } as never,
      status: { unreachable_since: since, last_contact: null } as never
    });
    expect(reach(view('local', null))).toBe('reachable');
    expect(reach(view('ssh', null))).toBe('unknown');
    expect(reach(view('ssh', '2026-01-01T00:00:00Z'))).toBe('unreachable');
  });
});
