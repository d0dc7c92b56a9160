import type { ServerConnection } from '@jupyterlab/services';
import { Token } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import { Api, ApiError } from '../api/client';
import { Stream } from '../api/stream';
import type { INewRun, IPreflight, IRun } from '../api/types';
import { Machines } from './machines';
import { Prompts } from './prompts';
import type { RunModel } from './run';
import { Runs } from './runs';

export { ApiError };

/**
 * Everything the server half knows, as models; one a tab, shared by all plugins.
 */
export interface IRemote {
  readonly runs: Runs;
  readonly machines: Machines;
  readonly prompts: Prompts;

  /**
   * The one connection of the tab, for whether it stands.
   */
  readonly stream: Stream;

  /**
   * Why the server half could not be asked the first time; null while it was not tried, and where it answers.
   */
  readonly trouble: Error | null;

  readonly troubleChanged: ISignal<IRemote, Error | null>;

  /**
   * Ask the server half whether it is there, and connect. Raises `ApiError`.
   */
  connect(): Promise<void>;

  /**
   * A run with all it tells; the same model for all who ask, kept until the last of them lets go.
   */
  open(run: string): Promise<IOpenRun>;

  /**
   * What a run would be given; nothing is sent. Raises `ApiError`.
   */
  preflight(wanted: INewRun, signal?: AbortSignal): Promise<IPreflight>;

  /**
   * Start a run; `wanted.id` makes a second try of the same request start nothing new. Raises `ApiError`.
   */
  start(wanted: INewRun): Promise<IRun>;
}

/**
 * A run's model, held until it is disposed of.
 */
export interface IOpenRun extends IDisposable {
  readonly model: RunModel;
}

/**
 * The token other plugins, also of other packages, reach the models by.
 */
export const IRemote = new Token<IRemote>(
  'jupyter-mlx:IRemote',
  'Runs, machines and questions of jupyter_mlx.'
);

/**
 * The models over one server.
 */
export class Remote implements IRemote {
  constructor(settings: ServerConnection.ISettings) {
    this._api = new Api(settings);
    this.stream = new Stream(settings);
    this.runs = new Runs(this._api, this.stream);
    this.machines = new Machines(this._api, this.stream);
    this.prompts = new Prompts(this._api, this.stream);
  }

  readonly runs: Runs;
  readonly machines: Machines;
  readonly prompts: Prompts;
  readonly stream: Stream;

  get trouble(): Error | null {
    return this._trouble;
  }

  get troubleChanged(): ISignal<this, Error | null> {
    return this._troubleChanged;
  }

  async connect(): Promise<void> {
    try {
      await this._api.status();
      this._setTrouble(null);
    } catch (reason) {
      this._setTrouble(
        reason instanceof Error ? reason : new Error(String(reason))
      );
      throw reason;
    }
    this.stream.open();
  }

  async open(run: string): Promise<IOpenRun> {
    const { RunModel: Model } = await import('./run');
    const held = this._open.get(run) ?? {
      model: new Model(run, this._api, this.stream),
      holders: 0
    };
    held.holders++;
    this._open.set(run, held);
    let isDisposed = false;
    return {
      model: held.model,
      get isDisposed() {
        return isDisposed;
      },
      dispose: () => {
        if (!isDisposed) {
          isDisposed = true;
          this._release(run);
        }
      }
    };
  }

  preflight(wanted: INewRun, signal?: AbortSignal): Promise<IPreflight> {
    return this._api.preflight(wanted, signal);
  }

  start(wanted: INewRun): Promise<IRun> {
    return this._api.startRun(wanted);
  }

  private _release(run: string): void {
    const held = this._open.get(run);
    if (held && --held.holders === 0) {
      this._open.delete(run);
      held.model.dispose();
    }
  }

  private _setTrouble(trouble: Error | null): void {
    this._trouble = trouble;
    this._troubleChanged.emit(trouble);
  }

  private _api: Api;
  private _trouble: Error | null = null;
  private _troubleChanged = new Signal<this, Error | null>(this);
  private _open = new Map<string, { model: RunModel; holders: number }>();
}
