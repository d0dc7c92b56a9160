import type { IEvent } from '../../api/types';
import { type IRunModelChange, RunModel } from '../../models/run';
import { json, Server, settle } from './lab';

const DETAIL = { id: 'r', cells: [{ index: 0, id: 'c0' }], outputs: [] };

async function setUp() {
  const server = new Server();
  server.answer = () => json(DETAIL);
  const model = new RunModel('r', server.api, server.stream);
  await settle();
  const changes: IRunModelChange[] = [];
  model.changed.connect((_, change) => changes.push(change));
  let seq = 0;
  const tell = (events: Record<string, unknown>[], over = false): void => {
    const numbered: IEvent[] = events.map(event => ({ seq: ++seq, event }));
    server.sinks.get('r')?.({
      events: numbered,
      over,
      next: seq,
      end: seq
    });
  };
  return { server, model, changes, tell };
}

describe('RunModel', () => {
  it('folds cells, outputs, metrics, log and samples', async () => {
    const { model, changes, tell } = await setUp();
    tell([
      { type: 'cell', t: 1, cell: 0, id: 'c0', state: 'running' },
      { type: 'stream', t: 2, cell: 0, name: 'stdout', text: 'hi\n' },
      { type: 'metric', t: 2, values: { loss: 1 }, step: 5 },
      { type: 'metric', t: 3, values: { loss: 'NaN' } },
      { type: 'sample', t: 3, cpu: 0.5 },
      { type: 'cell', t: 4, cell: 0, state: 'succeeded', duration_s: 3 }
    ]);
    expect(model.cells).toEqual([
      expect.objectContaining({
        index: 0,
        id: 'c0',
        state: 'succeeded',
        started: 1,
        ended: 4,
        duration_s: 3
      })
    ]);
    expect(model.cell(0)?.outputs.list).toHaveLength(1);
    expect(model.metrics.series.get('loss')).toEqual({
      key: 'loss',
      step: [5, 1],
      value: [1, NaN],
      time: [2, 3],
      stepped: false
    });
    expect(model.log.lines.map(line => line.text)).toEqual(['hi']);
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({ log: true, samples: true });
    expect([...(changes[0]?.metrics ?? [])]).toEqual(['loss']);
  });

  it('clears a cell that starts anew', async () => {
    const { model, changes, tell } = await setUp();
    const start = { type: 'cell', t: 1, cell: 0, state: 'running' };
    tell([start, { type: 'stream', t: 1, cell: 0, text: 'a' }, start]);
    expect(model.cell(0)?.outputs.list).toEqual([]);
    expect(changes[0]?.outputs.map(one => one.change.kind)).toEqual([
      'add',
      'clear'
    ]);
  });

  it('reads the run again when that says more, and once at the end', async () => {
    const { server, model, tell } = await setUp();
    tell([{ type: 'stream', t: 1, cell: 0, text: 'a' }]);
    expect(server.asked).toHaveLength(1);
    tell([{ type: 'outputs', t: 1 }]);
    await settle();
    expect(server.asked).toHaveLength(2);
    tell([], true);
    tell([], true);
    await settle();
    expect(model.isOver).toBe(true);
    expect(server.asked).toHaveLength(3);
  });

  it('survives what no machine of ours would write', async () => {
    const { model, tell } = await setUp();
    tell([{ type: 'hasOwnProperty' }, { type: 7 }, {}]);
    expect(model.cells).toHaveLength(1);
  });

  it('says nothing after it was let go', async () => {
    const { server, model, changes } = await setUp();
    model.dispose();
    expect(server.sinks.size).toBe(0);
    await model.refresh();
    expect(changes).toEqual([]);
  });
});
