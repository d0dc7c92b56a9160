import type { IStateDB } from '@jupyterlab/statedb';

import {
  chooseFor,
  type ITarget,
  readTarget,
  Targets,
  wanted
} from '../../models/target';

function memory(kept?: unknown) {
  const saved: unknown[] = [];
  const db = {
    fetch: () => Promise.resolve(kept),
    save: (_: string, value: unknown) => {
      saved.push(JSON.parse(JSON.stringify(value)));
      return Promise.resolve();
    }
  } as unknown as IStateDB;
  return { db, saved };
}

describe('Targets', () => {
  it('take the metadata before the choice, and the choice before the last machine', () => {
    const targets = new Targets(null);
    targets.defaultMachine = 'usual';
    expect(targets.of('a.ipynb').machine).toBe('usual');
    targets.choose('b.ipynb', { machine: 'box', environment: 'kernel' });
    expect(targets.of('a.ipynb')).toMatchObject({
      machine: 'box',
      environment: null
    });
    targets.choose('a.ipynb', { machine: 'big' });
    expect(targets.of('a.ipynb').machine).toBe('big');
    expect(targets.of('b.ipynb').machine).toBe('box');
    expect(targets.of('a.ipynb', { machine: 'own' }).machine).toBe('own');
  });

  it('outlive the session, and move with the notebook', async () => {
    const { db, saved } = memory();
    const targets = new Targets(db);
    targets.choose('a.ipynb', { machine: 'box', params: { lr: '1' } });
    const again = new Targets(memory(saved[0]).db);
    await again.ready;
    again.rename('a.ipynb', 'b.ipynb');
    expect(again.of('b.ipynb')).toMatchObject({
      machine: 'box',
      params: { lr: '1' }
    });
    expect(again.of('a.ipynb').params).toEqual({});
  });

  it('do not let what was kept undo a choice made meanwhile', async () => {
    const kept = { last: 'old', chosen: [['a.ipynb', { machine: 'old' }]] };
    const targets = new Targets(memory(kept).db);
    targets.choose('a.ipynb', { machine: 'new' });
    await targets.ready;
    expect(targets.of('a.ipynb').machine).toBe('new');
    expect(targets.of('c.ipynb').machine).toBe('new');
  });
});

describe('readTarget', () => {
  it.each([null, 3, 'text', [], undefined])('gives nothing for %p', said => {
    expect(readTarget(said)).toEqual({});
  });

  it('passes over what is of another kind', () => {
    const said = {
      machine: 3,
      environment: '',
      project: 'p',
      params: { a: 1 }
    };
    expect(readTarget(said)).toEqual({ project: 'p', params: { a: '1' } });
  });
});

describe('chooseFor', () => {
  const setUp = (metadata: unknown) => {
    const targets = new Targets(null);
    const set: (object | null)[] = [];
    const notebook = {
      path: 'a.ipynb',
      metadata,
      setMetadata: (value: object | null) => set.push(value)
    };
    return { targets, set, notebook };
  };

  it('leaves metadata alone that says nothing of it', () => {
    const { targets, set, notebook } = setUp({ machine: 'own', note: 1 });
    chooseFor(targets, notebook, { environment: 'kernel' });
    expect(set).toEqual([]);
    expect(targets.of('a.ipynb').environment).toBe('kernel');
  });

  it('changes along what the metadata says, and takes it away with null', () => {
    const { targets, set, notebook } = setUp({ machine: 'own', note: 1 });
    chooseFor(targets, notebook, { machine: 'box' });
    chooseFor(targets, notebook, { machine: null });
    expect(set).toEqual([{ machine: 'box', note: 1 }, { note: 1 }]);
  });

  it('leaves no empty metadata behind', () => {
    const { targets, set, notebook } = setUp({ environment: 'kernel' });
    chooseFor(targets, notebook, { environment: null });
    expect(set).toEqual([null]);
  });
});

describe('wanted', () => {
  it('is the request for a target', () => {
    const target: ITarget = {
      machine: null,
      environment: null,
      project: null,
      params: { lr: '1' },
      timeLimit: 60,
      allowErrors: true
    };
    const content = { cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 };
    expect(wanted('a.ipynb', content, target)).toMatchObject({
      notebook: 'a.ipynb',
      machine: 'local',
      params: { lr: '1' },
      time_limit_s: 60,
      allow_errors: true
    });
    expect(wanted('a.ipynb', content, target)).not.toHaveProperty('id');
    expect(wanted('a.ipynb', content, target, 'X').id).toBe('X');
  });
});
