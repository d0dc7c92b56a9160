import { ServerConnection } from '@jupyterlab/services';

import { Api, ApiError } from '../../api/client';

/**
 * Settings whose fetch gives this answer and remembers the URL asked for.
 */
function answering(body: string, init: ResponseInit = {}) {
  const asked: string[] = [];
  const settings = ServerConnection.makeSettings({
    baseUrl: 'http://lab.test/base/',
    fetch: (request: RequestInfo | URL) => {
      asked.push(request instanceof Request ? request.url : request.toString());
      return Promise.resolve(new Response(body, init));
    }
  });
  return { asked, settings };
}

async function failure(promise: Promise<unknown>): Promise<ApiError> {
  const reason = await promise.then(
    () => null,
    (error: unknown) => error
  );
  if (!(reason instanceof ApiError)) {
    throw new Error(`expected an ApiError, got ${String(reason)}`);
  }
  return reason;
}

describe('status', () => {
  it('asks below the base URL and returns the version', async () => {
    const { asked, settings } = answering('{"version": "1.2.3"}');
    expect(await new Api(settings).status()).toEqual({ version: '1.2.3' });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatch(/^http:\/\/lab\.test\/base\/jupyter-mlx\/status/);
  });

  it('passes on what the server says and its hint', async () => {
    const { settings } = answering(
      '{"message": "no disk", "hint": "buy one"}',
      {
        status: 507
      }
    );
    const error = await failure(new Api(settings).status());
    expect(error).toMatchObject({
      message: 'no disk',
      status: 507,
      hint: 'buy one'
    });
  });

  it('knows a missing server half by its status, whatever the page says', async () => {
    const { settings } = answering('<html>Not Found</html>', {
      status: 404,
      statusText: 'Not Found'
    });
    const error = await failure(new Api(settings).status());
    expect(error).toMatchObject({ message: 'Not Found', status: 404 });
  });

  it.each(['null', '3', 'no JSON'])('refuses the shape of %s', async body => {
    const error = await failure(new Api(answering(body).settings).status());
    expect(error.message).toContain('another shape');
  });

  it('has status 0 where nobody answers', async () => {
    const settings = ServerConnection.makeSettings({
      baseUrl: 'http://lab.test/',
      fetch: () => Promise.reject(new TypeError('connection refused'))
    });
    const error = await failure(new Api(settings).status());
    expect(error.status).toBe(0);
  });
});

describe('outputUrl', () => {
  it('names the file by its path and the area by the query', () => {
    const { settings } = answering('');
    expect(new Api(settings).outputUrl('RUN', 'a b/c#1.txt', 'work')).toBe(
      'http://lab.test/base/jupyter-mlx/runs/RUN/outputs/a%20b/c%231.txt?area=work'
    );
  });
});
