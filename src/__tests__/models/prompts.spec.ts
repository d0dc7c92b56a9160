import type { IPrompt } from '../../api/types';
import { Prompts } from '../../models/prompts';
import { FakeServer, settled } from './server';

const LABEL = 'passphrase of k';

function prompt(id: string): IPrompt {
  return {
    id,
    kind: 'secret',
    title: LABEL,
    instructions: '',
    host: '',
    key_type: '',
    fingerprint: '',
    fields: [{ label: LABEL, echo: false }],
    seconds: 60
  };
}

function setUp() {
  const server = new FakeServer();
  const prompts = new Prompts(server.api, server.stream);
  server.connect();
  const ids = () => prompts.open.map(({ id }) => id);
  return { server, prompts, ids };
}

describe('Prompts', () => {
  it('knows what waits, oldest first, and until when', () => {
    const { server, prompts, ids } = setUp();
    const before = Date.now();
    server.tell({ type: 'prompt', prompt: prompt('a') });
    server.tell({ type: 'prompt', prompt: prompt('b') });
    expect(ids()).toEqual(['a', 'b']);
    expect(prompts.open[0]?.until).toBeGreaterThanOrEqual(before + 60_000);
    server.tell({ type: 'prompt_gone', id: 'a' });
    expect(ids()).toEqual(['b']);
  });

  it('forgets a question once its answer arrived', async () => {
    const { server, prompts, ids } = setUp();
    server.answers.set(
      'POST prompts/a',
      () => new Response(null, { status: 204 })
    );
    server.tell({ type: 'prompt', prompt: prompt('a') });
    await prompts.answer('a', { values: ['s3cret'] });
    expect(ids()).toEqual([]);
    expect(server.asked).toEqual([['POST prompts/a', '{"values":["s3cret"]}']]);
  });

  it.each([
    [404, []],
    [422, ['a']],
    [500, ['a']]
  ])('after a refusal with %d what is open is %j', async (status, left) => {
    const { server, prompts, ids } = setUp();
    server.answers.set('POST prompts/a', () => new Response('{}', { status }));
    server.tell({ type: 'prompt', prompt: prompt('a') });
    await expect(prompts.answer('a', {})).rejects.toMatchObject({ status });
    expect(ids()).toEqual(left);
  });

  it('asks after a reconnect what is still open, and keeps the same question', async () => {
    const { server, prompts, ids } = setUp();
    server.tell({ type: 'prompt', prompt: prompt('a') });
    server.tell({ type: 'prompt', prompt: prompt('b') });
    const kept = prompts.open[1];
    server.answers.set(
      'GET prompts',
      () => new Response(JSON.stringify([prompt('b'), prompt('c')]))
    );
    server.cut();
    expect(ids()).toEqual(['a', 'b']);
    await new Promise(resolve => setTimeout(resolve, 800));
    server.connect();
    await settled();
    expect(ids()).toEqual(['b', 'c']);
    expect(prompts.open[0]).toBe(kept);
  });
});
