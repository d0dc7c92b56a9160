import type { ICheck, IMachineView } from '../../api/types';
import { Machines } from '../../models/machines';
import { FakeServer, settled } from './server';

const CHECK: ICheck = {
  id: 'port',
  ok: true,
  value: '',
  problem: '',
  remedy: '',
  required: true,
  then: 'host_key',
  limit_s: 25
};

function view(name: string, facts: Record<string, unknown> = {}): IMachineView {
  return {
    machine: {
      name,
      host: null,
      user: null,
      port: null,
      identity_file: null,
      root: null,
      price: null,
      currency: 'USD',
      python: null,
      transport: 'ssh',
      slots: null,
      source: 'ssh_config'
    },
    status: {
      name,
      last_contact: null,
      unreachable_since: null,
      why: null,
      facts
    },
    open_runs: 0
  };
}

function setUp(...checks: Partial<ICheck>[]) {
  const server = new FakeServer();
  const machines = new Machines(server.api, server.stream);
  const lines = checks.map(one => `${JSON.stringify({ ...CHECK, ...one })}\n`);
  server.answers.set(
    'POST machines/box/test',
    () => new Response(lines.join(''))
  );
  server.answers.set(
    'GET machines',
    () =>
      new Response(JSON.stringify({ machines: [view('box')], problems: [] }))
  );
  return { server, machines };
}

describe('a test', () => {
  it.each([
    ['all is fine', [{}, {}], true],
    ['what fails is not required', [{}, { ok: false, required: false }], true],
    ['something is only told', [{ ok: null }], true],
    ['something required fails', [{}, { ok: false }], false]
  ])('where %s', async (_, checks, isUsable) => {
    const { machines } = setUp(...checks);
    expect(await machines.runTest('box')).toBe(isUsable);
    expect(machines.test('box')).toMatchObject({
      isRunning: false,
      isUsable,
      error: null
    });
    expect(machines.test('box')?.checks).toHaveLength(checks.length);
  });

  it('that breaks off says why and is no verdict', async () => {
    const { server, machines } = setUp();
    server.answers.set(
      'POST machines/box/test',
      () => new Response('{"message": "no"}', { status: 500 })
    );
    expect(await machines.runTest('box')).toBe(false);
    const test = machines.test('box');
    expect(test?.isUsable).toBeNull();
    expect(test?.error?.message).toBe('no');
  });

  it('reads the list again for what it found', async () => {
    const { server, machines } = setUp({});
    await machines.runTest('box');
    expect(server.asked.map(([what]) => what)).toEqual([
      'POST machines/box/test',
      'GET machines'
    ]);
    expect(machines.get('box')).not.toBeNull();
  });
});

describe('what the stream tells', () => {
  it('replaces the status of a machine, facts too', async () => {
    const { server, machines } = setUp();
    await machines.refresh();
    const { status } = view('box', { load: 0.5 });
    server.tell({ type: 'machine', status });
    expect(machines.get('box')?.status.facts).toEqual({ load: 0.5 });
  });

  it('of a machine nobody knew reads the list again', async () => {
    const { server, machines } = setUp();
    server.connect();
    await settled();
    server.asked.length = 0;
    server.tell({ type: 'machine', status: view('new').status });
    await settled();
    expect(machines.get('box')).not.toBeNull();
    expect(server.asked).toHaveLength(1);
  });
});
