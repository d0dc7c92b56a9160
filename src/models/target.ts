import type * as nbformat from '@jupyterlab/nbformat';
import type { IStateDB } from '@jupyterlab/statedb';
import { Token } from '@lumino/coreutils';
import { type ISignal, Signal } from '@lumino/signaling';

import type { INewRun } from '../api/types';
import type { IOpenNotebook } from './document';

/**
 * Where and with what a notebook would run. Null and missing keys mean: not chosen.
 */
export interface ITarget {
  machine: string | null;

  /**
   * `kernel`, `requirements.txt` or `existing:NAME-or-python`; null for what the server takes by itself.
   */
  environment: string | null;

  /**
   * The project's folder as Jupyter's contents have it; null for what the server finds.
   */
  project: string | null;

  /**
   * What was typed over the defaults of the `parameters` cell, as on the command line.
   */
  params: Record<string, string>;
  timeLimit: number | null;
  allowErrors: boolean;
}

/**
 * The key of a notebook's metadata that holds its target; it travels with the file and names no secret.
 */
export const METADATA_KEY = 'jupyter_mlx';

const STATE = 'jupyter-mlx:targets';
const MOST = 200; // notebooks whose choice is remembered

/**
 * The target of every notebook: what its metadata says, else what was chosen in this lab, else what was chosen last.
 */
export class Targets {
  /**
   * @param state Where choices are kept between sessions; null where the application has no such place.
   */
  constructor(state: IStateDB | null) {
    this._state = state;
    this._ready = this._load();
  }

  /**
   * The target of a notebook changed; its path.
   */
  get changed(): ISignal<this, string> {
    return this._changed;
  }

  /**
   * Resolved once earlier choices were read.
   */
  get ready(): Promise<void> {
    return this._ready;
  }

  /**
   * The machine where nothing was ever chosen; from the settings.
   */
  defaultMachine: string | null = null;

  /**
   * The target of the notebook at a path, whose metadata may say more.
   */
  of(path: string, metadata: unknown = null): ITarget {
    const chosen = this._chosen.get(path);
    const last = { machine: this._lastMachine ?? this.defaultMachine };
    return { ...nothing(), ...last, ...chosen, ...readTarget(metadata) };
  }

  /**
   * Choose for a notebook; what is left out stays.
   */
  choose(path: string, choice: Partial<ITarget>): void {
    const known = this._chosen.get(path) ?? {};
    this._chosen.delete(path); // the latest choice comes last
    this._chosen.set(path, { ...known, ...choice });
    this._lastMachine = choice.machine ?? this._lastMachine;
    this._save();
    this._changed.emit(path);
  }

  /**
   * A notebook moved.
   */
  rename(from: string, to: string): void {
    const chosen = this._chosen.get(from);
    if (chosen) {
      this._chosen.delete(from);
      this.choose(to, chosen);
    }
  }

  private async _load(): Promise<void> {
    const found = (await this._state?.fetch(STATE)) as
      { last?: string; chosen?: [string, Partial<ITarget>][] } | undefined;
    this._lastMachine ??= found?.last ?? null;
    for (const [path, choice] of found?.chosen ?? []) {
      if (!this._chosen.has(path)) {
        this._chosen.set(path, choice);
      }
    }
  }

  private _save(): void {
    const chosen = [...this._chosen].slice(-MOST);
    void this._state?.save(STATE, {
      last: this._lastMachine,
      chosen
    });
  }

  private _state: IStateDB | null;
  private _ready: Promise<void>;
  private _chosen = new Map<string, Partial<ITarget>>();
  private _lastMachine: string | null = null;
  private _changed = new Signal<this, string>(this);
}

/**
 * The targets as other plugins reach them.
 */
export type ITargets = Targets;

/**
 * The token of the targets.
 */
export const ITargets = new Token<ITargets>(
  'jupyter-mlx:ITargets',
  'Where and with what each notebook runs.'
);

/**
 * What a notebook's metadata says of its target; only what is of the right kind.
 */
export function readTarget(metadata: unknown): Partial<ITarget> {
  if (typeof metadata !== 'object' || metadata === null) {
    return {};
  }
  const said = metadata as Record<string, unknown>;
  const found: Partial<ITarget> = {};
  for (const name of ['machine', 'environment', 'project'] as const) {
    const value = said[name];
    if (typeof value === 'string' && value !== '') {
      found[name] = value;
    }
  }
  const params = said['params'];
  if (typeof params === 'object' && params !== null) {
    found.params = Object.fromEntries(
      Object.entries(params).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : JSON.stringify(value)
      ])
    );
  }
  return found;
}

/**
 * Choose for an open notebook. What its metadata says counts more than any choice, so that is changed along.
 */
export function chooseFor(
  targets: ITargets,
  notebook: Pick<IOpenNotebook, 'path' | 'metadata' | 'setMetadata'>,
  choice: Partial<ITarget>
): void {
  const said = readTarget(notebook.metadata);
  const pinned = Object.entries(choice).filter(([name]) => name in said);
  if (pinned.length > 0) {
    const next = new Map(Object.entries(Object(notebook.metadata) as object));
    for (const [name, value] of pinned) {
      if (value === null) {
        next.delete(name);
      } else {
        next.set(name, value);
      }
    }
    notebook.setMetadata(next.size > 0 ? Object.fromEntries(next) : null);
  }
  targets.choose(notebook.path, choice);
}

/**
 * The request that runs a notebook as it is open with a target.
 */
export function wanted(
  path: string,
  content: nbformat.INotebookContent,
  target: ITarget,
  id?: string
): INewRun {
  return {
    notebook: path,
    content: content,
    machine: target.machine ?? 'local',
    params: target.params,
    project: target.project,
    environment: target.environment,
    time_limit_s: target.timeLimit,
    allow_errors: target.allowErrors,
    ...(id === undefined ? {} : { id })
  };
}

function nothing(): ITarget {
  return {
    machine: null,
    environment: null,
    project: null,
    params: {},
    timeLimit: null,
    allowErrors: false
  };
}
