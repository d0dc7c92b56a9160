import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

import type {
  IAgain,
  IAnswer,
  ICheck,
  IErrorReport,
  IExecutedNotebook,
  IFetchInto,
  IFetchedFiles,
  ILogPage,
  IMachineFields,
  IMachineList,
  IMachineView,
  IMetrics,
  INewMachine,
  INewRun,
  IPreflight,
  IPrompt,
  IProjectDetail,
  IProjectView,
  IRun,
  IRunChange,
  IRunPage,
  IStatus,
  RunState
} from './types';

/**
 * Where the server half lives below the server's base URL.
 */
export const API_ROOT = 'jupyter-mlx';

/**
 * A request that did not succeed: what happened and what to do about it.
 */
export class ApiError extends Error {
  /**
   * @param message What happened.
   * @param status The HTTP status; 0 where no answer came.
   * @param hint What the user can do, if the server said so.
   * @param code One word for programs, as in docs/reference/errors.md.
   * @param field Which field of the request is wrong.
   */
  constructor(
    message: string,
    readonly status: number,
    readonly hint: string | null = null,
    readonly code: string = '',
    readonly field: string | null = null
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/**
 * Which runs to list, newest first.
 */
export interface IRunsQuery {
  project?: string;
  machine?: string;
  state?: RunState[];
  text?: string;
  before?: string;
  limit?: number;
}

/**
 * The routes of the server half, one method each. Every method raises `ApiError`.
 */
export class Api {
  constructor(readonly settings: ServerConnection.ISettings) {}

  status(): Promise<IStatus> {
    return this._get('status');
  }

  machines(): Promise<IMachineList> {
    return this._get('machines');
  }

  addMachine(machine: INewMachine): Promise<IMachineView> {
    return this._send('POST', ['machines'], machine);
  }

  changeMachine(name: string, fields: IMachineFields): Promise<IMachineView> {
    return this._send('PATCH', ['machines', name], fields);
  }

  async removeMachine(name: string): Promise<void> {
    await this._request('DELETE', ['machines', name]);
  }

  /**
   * Test a machine; each line is handed over as it comes.
   */
  async testMachine(
    name: string,
    line: (check: ICheck) => void,
    signal?: AbortSignal
  ): Promise<void> {
    const init: RequestInit = { body: '{}' };
    if (signal) {
      init.signal = signal;
    }
    const response = await this._request(
      'POST',
      ['machines', name, 'test'],
      init
    );
    for await (const text of lines(response)) {
      line(JSON.parse(text) as ICheck);
    }
  }

  projects(): Promise<IProjectView[]> {
    return this._get('projects');
  }

  project(id: string): Promise<IProjectDetail> {
    return this._get('projects', id);
  }

  preflight(wanted: INewRun, signal?: AbortSignal): Promise<IPreflight> {
    return this._send('POST', ['preflight'], wanted, signal);
  }

  runs(query: IRunsQuery = {}): Promise<IRunPage> {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      for (const one of Array.isArray(value) ? value : [value]) {
        if (one !== undefined && one !== '') {
          search.append(name, String(one));
        }
      }
    }
    return this._json('GET', ['runs'], {}, search.toString());
  }

  run(id: string): Promise<IRun> {
    return this._get('runs', id);
  }

  startRun(wanted: INewRun): Promise<IRun> {
    return this._send('POST', ['runs'], wanted);
  }

  changeRun(id: string, change: IRunChange): Promise<IRun> {
    return this._send('PATCH', ['runs', id], change);
  }

  async deleteRun(id: string): Promise<void> {
    await this._request('DELETE', ['runs', id]);
  }

  stopRun(id: string): Promise<IRun> {
    return this._send('POST', ['runs', id, 'stop'], {});
  }

  rerun(id: string, again: IAgain = {}): Promise<IRun> {
    return this._send('POST', ['runs', id, 'rerun'], again);
  }

  fetchRun(id: string, into: IFetchInto): Promise<IFetchedFiles> {
    return this._send('POST', ['runs', id, 'fetch'], into);
  }

  metrics(id: string): Promise<IMetrics> {
    return this._get('runs', id, 'metrics');
  }

  logs(id: string, since = 0, limit = 1000): Promise<ILogPage> {
    return this._json(
      'GET',
      ['runs', id, 'logs'],
      {},
      `since=${since}&limit=${limit}`
    );
  }

  notebook(id: string): Promise<IExecutedNotebook> {
    return this._get('runs', id, 'notebook');
  }

  prompts(): Promise<IPrompt[]> {
    return this._get('prompts');
  }

  async answer(prompt: string, answer: IAnswer): Promise<void> {
    await this._request('POST', ['prompts', prompt], {
      body: JSON.stringify(answer)
    });
  }

  /**
   * The address a file of a run is downloaded from.
   */
  outputUrl(id: string, path: string, area = 'outputs'): string {
    const where = [
      'runs',
      id,
      'outputs',
      ...path.split('/').map(encodeURIComponent)
    ];
    return URLExt.join(
      this.settings.baseUrl,
      API_ROOT,
      ...where,
      `?area=${encodeURIComponent(area)}`
    );
  }

  private _get<T>(...path: string[]): Promise<T> {
    return this._json('GET', path);
  }

  private _send<T>(
    verb: string,
    path: string[],
    body: object,
    signal?: AbortSignal
  ): Promise<T> {
    const init: RequestInit = { body: JSON.stringify(body) };
    if (signal) {
      init.signal = signal;
    }
    return this._json(verb, path, init);
  }

  // The shapes are those of the server's own document; tests on the server's side keep it to them.
  private async _json<T>(
    verb: string,
    path: string[],
    init: RequestInit = {},
    search = ''
  ): Promise<T> {
    const response = await this._request(verb, path, init, search);
    const body: unknown = parse(await response.text());
    if (typeof body !== 'object' || body === null) {
      throw new ApiError(
        'The server half gave an answer of another shape.',
        200
      );
    }
    return body as T;
  }

  private async _request(
    verb: string,
    path: string[],
    init: RequestInit = {},
    search = ''
  ): Promise<Response> {
    const url =
      URLExt.join(
        this.settings.baseUrl,
        API_ROOT,
        ...path.map(encodeURIComponent)
      ) + (search && `?${search}`);
    let response: Response;
    const headers = { 'Content-Type': 'application/json' };
    try {
      response = await ServerConnection.makeRequest(
        url,
        { ...init, method: verb, ...(init.body ? { headers } : {}) },
        this.settings
      );
    } catch (reason) {
      throw new ApiError(String(reason), 0);
    }
    if (!response.ok) {
      throw failure(response, parse(await response.text()));
    }
    return response;
  }
}

function failure(response: Response, body: unknown): ApiError {
  const report: Partial<IErrorReport> =
    typeof body === 'object' && body !== null ? body : {};
  return new ApiError(
    report.message ?? response.statusText,
    response.status,
    report.hint ?? null,
    report.code ?? '',
    report.field ?? null
  );
}

async function* lines(
  response: Response
): AsyncGenerator<string, void, undefined> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  while (reader) {
    const { done, value } = await reader.read();
    rest += decoder.decode(value, { stream: !done });
    const whole = rest.split('\n');
    rest = whole.pop() ?? '';
    for (const text of whole) {
      if (text.trim() !== '') {
        yield text;
      }
    }
    if (done) {
      return;
    }
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
