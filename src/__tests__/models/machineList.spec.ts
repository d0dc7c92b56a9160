import { Machines } from '../../models/machines';
import { Prompts } from '../../models/prompts';
import { json, Server, settle } from './lab';

const status = (change: object = {}) => ({
  name: 'box',
  last_contact: null,
  unreachable_since: null,
  why: null,
  facts: {},
  ...change
});
const list = (change: object = {}) =>
  json({
    machines: [
      { machine: { name: 'box' }, status: status(change), open_runs: 0 }
    ],
    problems: ['a line is wrong']
  });

describe('Machines', () => {
  const setUp = async () => {
    const server = new Server();
    server.answer = () => list();
    const machines = new Machines(server.api, server.stream);
    server.connectedChanged.emit(true);
    await settle();
    return { server, machines };
  };

  it('are read once the server is heard, with what is wrong with the lists', async () => {
    const { machines } = await setUp();
    expect(machines.get('box')?.machine.name).toBe('box');
    expect(machines.get('other')).toBeNull();
    expect(machines.problems).toEqual(['a line is wrong']);
  });

  it('keep what they have where the server does not answer', async () => {
    const { server, machines } = await setUp();
    server.answer = () => json({ message: 'no' }, 500);
    await machines.refresh();
    expect(machines.error?.message).toBe('no');
    expect(machines.all).toHaveLength(1);
  });

  it('tell where one went away', async () => {
    const { server, machines } = await setUp();
    const away = { unreachable_since: '2026-01-01T00:00:00Z', why: 'refused' };
    server.answer = () => list(away);
    server.item.emit({ type: 'machine', status: status(away) });
    await settle();
    expect(machines.get('box')?.status).toMatchObject(away);
  });

  it('are tested line by line', async () => {
    const { server, machines } = await setUp();
    const line = (check: object): string =>
      JSON.stringify({ value: '', problem: '', remedy: '', ...check }) + '\n';
    const answer = (...checks: object[]): void => {
      server.answer = verb =>
        verb === 'POST' ? new Response(checks.map(line).join('')) : list();
    };
    answer({ id: 'contact', ok: true, required: true });
    expect(await machines.runTest('box')).toBe(true);
    answer(
      { id: 'contact', ok: true, required: true },
      { id: 'gpus', ok: false, required: false }
    );
    expect(await machines.runTest('box')).toBe(true);
    answer({ id: 'login', ok: false, required: true });
    expect(await machines.runTest('box')).toBe(false);
    expect(machines.test('box')?.checks.map(check => check.id)).toEqual([
      'login'
    ]);
    expect(machines.test('box')?.isRunning).toBe(false);
  });
});

describe('Prompts', () => {
  const question = (id: string) =>
    ({
      type: 'prompt',
      prompt: { id, kind: 'secret', title: id, fields: [], seconds: 60 }
    }) as never;

  it('wait in order until they are answered or gone', async () => {
    const server = new Server();
    server.answer = () => new Response(null, { status: 204 });
    const prompts = new Prompts(server.api, server.stream);
    server.item.emit(question('a'));
    server.item.emit(question('b'));
    server.item.emit(question('b'));
    expect(prompts.open.map(one => one.id)).toEqual(['a', 'b']);
    server.item.emit({ type: 'prompt_gone', id: 'a' });
    await prompts.answer('b', { values: ['secret'] });
    expect(prompts.open).toHaveLength(0);
    expect(server.asked).toEqual(['POST prompts/b']);
    prompts.dispose();
  });
});
