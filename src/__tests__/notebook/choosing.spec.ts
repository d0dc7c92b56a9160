import type { IRunSummary, RunState } from '../../api/types';
import { chosenRun, type IKnown } from '../../notebook/choosing';
import type { IRemembered } from '../../notebook/memory';

function run(id: string, state: RunState, created = id): IRunSummary {
  return { id, state, created } as IRunSummary;
}

function remembered(fields: Partial<IRemembered> = {}): IRemembered {
  return {
    run: 'a',
    isDone: false,
    isOff: false,
    taken: [],
    earlier: [],
    ...fields
  };
}

function chosen(known: Partial<IKnown>): ReturnType<typeof chosenRun> {
  return chosenRun({
    shown: null,
    latest: null,
    remembered: null,
    rememberedRun: null,
    isAutomatic: true,
    ...known
  });
}

describe('chosenRun', () => {
  const going = run('b', 'running');
  const over = run('a', 'failed');

  it('is the run that goes on', () => {
    expect(chosen({ latest: going })).toEqual({ run: 'b', isDone: false });
    expect(chosen({ latest: going, shown: over })?.run).toBe('b');
    expect(chosen({ latest: run('c', 'queued'), shown: going })?.run).toBe('c');
  });

  it('is none that is over, unless it was followed', () => {
    expect(chosen({ latest: over })).toBeNull();
    const known = { latest: over, rememberedRun: over };
    expect(chosen({ ...known, remembered: remembered() })).toEqual({
      run: 'a',
      isDone: false
    });
    expect(
      chosen({ ...known, remembered: remembered({ isDone: true }) })
    ).toEqual({ run: 'a', isDone: true });
    expect(chosen({ latest: over, remembered: remembered() })).toBeNull(); // deleted
  });

  it('is the one that was followed where the notebook moved away from its runs', () => {
    const { rememberedRun, ...rest } = { rememberedRun: going, latest: null };
    expect(
      chosen({ ...rest, rememberedRun, remembered: remembered() })?.run
    ).toBe('b');
  });

  it('is none that the user sent away, until there is a new one', () => {
    const off = remembered({ run: 'b', isOff: true });
    const known = { latest: going, remembered: off, rememberedRun: going };
    expect(chosen(known)).toBeNull();
    expect(chosen({ ...known, latest: run('c', 'running') })?.run).toBe('c');
  });

  it('is none where notebooks are filled only when asked to, but marks stay', () => {
    const isAutomatic = false;
    expect(chosen({ isAutomatic, latest: going })).toBeNull();
    const known = { isAutomatic, rememberedRun: over };
    expect(chosen({ ...known, remembered: remembered() })).toBeNull();
    expect(
      chosen({ ...known, remembered: remembered({ isDone: true }) })?.isDone
    ).toBe(true);
  });

  it('changes nothing that is right', () => {
    expect(chosen({ shown: going, latest: going })).toBeNull();
    expect(chosen({ shown: going, latest: over })).toBeNull();
  });
});
