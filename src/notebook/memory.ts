import type { IStateDB } from '@jupyterlab/statedb';
import type { ReadonlyPartialJSONValue } from '@lumino/coreutils';

import type { IEarlier } from './earlier';

/**
 * What outlives the page of one notebook and the run it shows.
 */
export interface IRemembered {
  run: string;

  /**
   * Whether all that the run put out was written and saved.
   */
  isDone: boolean;

  /**
   * Whether the user wants no more of it.
   */
  isOff: boolean;

  /**
   * Ids of cells that are the user's again.
   */
  taken: string[];

  /**
   * What cells held before, by their ids; as much as fits.
   */
  earlier: [string, IEarlier][];
}

const STATE = 'jupyter-mlx:fills';
const MOST = 50; // notebooks
const WITH_OUTPUTS = 3; // of them keep earlier outputs
const MOST_OUTPUTS = 200_000; // characters of one notebook's earlier outputs

/**
 * The notebooks that show a run, by path, between sessions.
 */
export class Memory {
  /**
   * @param state Where it is kept; null where the application has no such place.
   */
  constructor(state: IStateDB | null) {
    this._state = state;
    this.ready = this._load();
  }

  /**
   * Resolved once earlier sessions were read.
   */
  readonly ready: Promise<void>;

  of(path: string): IRemembered | null {
    return this._known.get(path) ?? null;
  }

  /**
   * Remember; the latest comes last.
   */
  set(path: string, remembered: IRemembered): void {
    this._known.delete(path);
    this._known.set(path, remembered);
    this._save();
  }

  /**
   * A notebook moved.
   */
  rename(from: string, to: string): void {
    const remembered = this._known.get(from);
    if (remembered) {
      this._known.delete(from);
      this.set(to, remembered);
    }
  }

  private async _load(): Promise<void> {
    const found: unknown = await this._state?.fetch(STATE).catch(() => null);
    for (const item of Array.isArray(found) ? (found as unknown[]) : []) {
      const [path, value] = Array.isArray(item) ? (item as unknown[]) : [];
      const remembered = read(value);
      if (typeof path === 'string' && remembered && !this._known.has(path)) {
        this._known.set(path, remembered);
      }
    }
  }

  private _save(): void {
    const kept = [...this._known].slice(-MOST);
    const bare = kept.length - WITH_OUTPUTS;
    const stored = kept.map(([path, one], at) => [
      path,
      at < bare ? { ...one, earlier: [] } : one
    ]);
    void this._state?.save(
      STATE,
      stored as unknown as ReadonlyPartialJSONValue
    );
  }

  private _state: IStateDB | null;
  private _known = new Map<string, IRemembered>();
}

/**
 * As much of what is kept as fits beside other small things; what was trusted here is not trusted by that.
 */
export function toStore(
  all: ReadonlyMap<string, IEarlier>
): [string, IEarlier][] {
  const stored: [string, IEarlier][] = [];
  let size = 0;
  for (const [id, earlier] of all) {
    size += JSON.stringify(earlier.outputs).length;
    if (size > MOST_OUTPUTS) {
      break;
    }
    stored.push([id, { ...earlier, isTrusted: false }]);
  }
  return stored;
}

function read(value: unknown): IRemembered | null {
  if (typeof value !== 'object' || value === null) {
    return null;
  }
  const { run, isDone, isOff, taken, earlier } = value as Partial<IRemembered>;
  return typeof run === 'string'
    ? {
        run,
        isDone: isDone === true,
        isOff: isOff === true,
        taken: Array.isArray(taken) ? taken : [],
        earlier: Array.isArray(earlier) ? earlier : []
      }
    : null;
}
