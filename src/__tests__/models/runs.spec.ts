import { Runs } from '../../models/runs';
import { aRun, json, Server, settle } from './lab';

const page = (...runs: object[]) => json({ runs, next: null });

function setUp() {
  const server = new Server();
  const runs = new Runs(server.api, server.stream);
  const ended: string[] = [];
  runs.ended.connect((_, run) => {
    ended.push(run.id);
  });
  return { server, runs, ended };
}

describe('Runs', () => {
  it('are listed newest first, and the open ones are active', async () => {
    const { server, runs } = setUp();
    const old = aRun({ id: 'old', state: 'failed' });
    const young = aRun({ id: 'young', created: '2026-01-02T00:00:00Z' });
    server.answer = () => page(old, young);
    await runs.refresh();
    expect(runs.isReady).toBe(true);
    expect(runs.all.map(run => run.id)).toEqual(['young', 'old']);
    expect(runs.active.map(run => run.id)).toEqual(['young']);
    expect(runs.latestOf('/home/me/project', 'train.ipynb')?.id).toBe('young');
  });

  it('believe the stream more than an answer that was asked for before', async () => {
    const { server, runs, ended } = setUp();
    server.answer = () => page(aRun());
    await runs.refresh();
    let release: () => void = () => undefined;
    server.answer = () =>
      new Promise(resolve => {
        release = () => {
          resolve(page(aRun(), aRun({ id: 'removed' })));
        };
      });
    const asked = runs.refresh();
    await settle();
    const later = aRun({ id: 'later', created: '2026-01-03T00:00:00Z' });
    server.item.emit({ type: 'run', run: aRun({ state: 'succeeded' }) });
    server.item.emit({ type: 'run', run: later });
    server.item.emit({ type: 'run_removed', run: 'removed' });
    release();
    await asked;
    expect(runs.get('run-1')?.state).toBe('succeeded');
    expect(runs.get('later')).not.toBeNull();
    expect(runs.get('removed')).toBeNull();
    expect(ended).toEqual(['run-1']);
  });

  it('that ended while the connection was away are told once it is back', async () => {
    const { server, runs, ended } = setUp();
    server.answer = () => page(aRun());
    await runs.refresh();
    server.answer = () => page(aRun({ state: 'failed' }));
    server.connectedChanged.emit(true);
    await settle();
    expect(ended).toEqual(['run-1']);
    server.connectedChanged.emit(true);
    await settle();
    expect(ended).toEqual(['run-1']);
  });

  it('forget what the server does not list any more, but not what is older than its page', async () => {
    const { server, runs } = setUp();
    const made = (id: string, day: number) =>
      aRun({ id, created: `2026-01-0${day}T00:00:00Z` });
    server.answer = () =>
      json({ runs: [made('c', 3), made('b', 2)], next: 'b' });
    await runs.refresh();
    server.answer = () => json({ runs: [made('a', 1)], next: null });
    expect(runs.hasMore).toBe(true);
    await runs.more();
    expect(runs.hasMore).toBe(false);
    server.answer = () => json({ runs: [made('b', 2)], next: 'b' });
    await runs.refresh();
    expect(runs.all.map(run => run.id)).toEqual(['b', 'a']);
    expect(runs.hasMore).toBe(false);
  });

  it('ask for what lies between where a page knows none of them', async () => {
    const { server, runs } = setUp();
    server.answer = () => page(aRun({ id: 'known' }));
    await runs.refresh();
    const newer = aRun({ id: 'newer', created: '2026-02-01T00:00:00Z' });
    server.answer = () => json({ runs: [newer], next: 'newer' });
    await runs.refresh();
    expect(runs.hasMore).toBe(true);
  });

  it('keep what they have where the server does not answer', async () => {
    const { server, runs } = setUp();
    server.answer = () => page(aRun());
    await runs.refresh();
    server.answer = () => json({ message: 'no disk' }, 500);
    await runs.refresh();
    expect(runs.error?.message).toBe('no disk');
    expect(runs.all).toHaveLength(1);
  });

  it('tell changes of their own at once', async () => {
    const { server, runs } = setUp();
    server.answer = () => page(aRun());
    await runs.refresh();
    const told: (string[] | null)[] = [];
    runs.changed.connect((_, ids) => told.push(ids));
    const { cells_done, cell_running, cell_failed, project_id, ...whole } =
      aRun({ notes: 'good' });
    server.answer = () => json({ ...whole, cells: [], outputs: [] });
    await runs.change('run-1', { notes: 'good' });
    expect(runs.get('run-1')).toMatchObject({ notes: 'good', cells: 0 });
    server.answer = () => new Response(null, { status: 204 });
    await runs.delete('run-1');
    expect(runs.all).toHaveLength(0);
    expect(told).toEqual([['run-1'], ['run-1']]);
    expect(server.asked.slice(-2)).toEqual([
      'PATCH runs/run-1',
      'DELETE runs/run-1'
    ]);
  });
});
