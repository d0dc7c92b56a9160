import { Token } from '@lumino/coreutils';
import { type ISignal, Signal } from '@lumino/signaling';

import type { IRunSummary } from '../api/types';
import { isFinal } from './states';

/**
 * A run that was asked for in this tab.
 */
export interface IStart {
  readonly id: string;

  /**
   * The notebook, as Jupyter's contents have it.
   */
  readonly path: string;
  readonly machine: string;

  /**
   * Whether the server has not answered yet.
   */
  isPending: boolean;

  /**
   * Whether the server refused; whoever asked says why.
   */
  isRefused: boolean;
}

/**
 * The runs this tab asked for: what shows at once, before the server answers, and which notebook each came from.
 */
export class Starts {
  /**
   * A run was asked for, or the server answered.
   */
  get changed(): ISignal<this, IStart> {
    return this._changed;
  }

  /**
   * Those the server has not answered yet.
   */
  get pending(): IStart[] {
    return [...this._starts.values()].filter(start => start.isPending);
  }

  get(id: string): IStart | null {
    return this._starts.get(id) ?? null;
  }

  /**
   * The one that is on its way from a notebook; null where none is.
   */
  pendingOf(path: string): IStart | null {
    return this.pending.find(start => start.path === path) ?? null;
  }

  /**
   * A run is asked for.
   */
  begin(id: string, path: string, machine: string): void {
    const start = { id, path, machine, isPending: true, isRefused: false };
    this._starts.set(id, start);
    this._changed.emit(start);
  }

  /**
   * The server answered.
   */
  settle(id: string, isRefused = false): void {
    const start = this._starts.get(id);
    if (start?.isPending) {
      start.isPending = false;
      start.isRefused = isRefused;
      this._changed.emit(start);
    }
  }

  /**
   * Whether a run is one of a notebook.
   */
  isOf(run: Pick<IRunSummary, 'id' | 'path'>, path: string): boolean {
    return (this._starts.get(run.id)?.path ?? run.path) === path;
  }

  /**
   * The runs of a notebook that are not over, newest first.
   */
  openOf(path: string, runs: readonly IRunSummary[]): IRunSummary[] {
    return runs.filter(run => !isFinal(run.state) && this.isOf(run, path));
  }

  private _starts = new Map<string, IStart>();
  private _changed = new Signal<this, IStart>(this);
}

/**
 * The starts as other plugins reach them.
 */
export type IStarts = Starts;

/**
 * The token of the starts.
 */
export const IStarts = new Token<IStarts>(
  'jupyter-mlx:IStarts',
  'The runs this tab asked for, and which notebook a run is of.'
);
