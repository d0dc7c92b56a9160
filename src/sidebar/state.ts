import type { IStateDB } from '@jupyterlab/statedb';
import { type ISignal, Signal } from '@lumino/signaling';

import type { RunState } from '../api/types';

const KEY = 'jupyter-mlx:panel';
const SOON = 400; // ms

/**
 * How the user left the panel.
 */
export interface IPanelMemory {
  collapsed: string[];

  /**
   * Shares of the sections, where somebody set them by hand.
   */
  sizes: number[] | null;
  text: string;
  ends: RunState[];
  isStarred: boolean;

  /**
   * Whether only runs of the notebook in front are listed.
   */
  isThisNotebook: boolean;
  sort: string;

  /**
   * The metric that was chosen last; null where none was.
   */
  metric: string | null;
}

/**
 * How the user left the panel, kept between sessions.
 */
export class PanelState {
  /**
   * @param db Where it is kept; null where the application has no such place.
   */
  constructor(db: IStateDB | null) {
    this._db = db;
    this.ready = this._load();
  }

  /**
   * Resolved once what was kept is read.
   */
  readonly ready: Promise<void>;

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get value(): Readonly<IPanelMemory> {
    return this._value;
  }

  /**
   * Change some of it; the rest stays.
   */
  set(change: Partial<IPanelMemory>): void {
    this._value = { ...this._value, ...change };
    this._changed.emit();
    window.clearTimeout(this._timer);
    this._timer = window.setTimeout(() => {
      void this._db?.save(KEY, { ...this._value });
    }, SOON);
  }

  private async _load(): Promise<void> {
    const found: unknown = await this._db?.fetch(KEY);
    if (typeof found === 'object' && found !== null) {
      this._value = { ...this._value, ...readMemory(found) };
      this._changed.emit();
    }
  }

  private _db: IStateDB | null;
  private _value: IPanelMemory = {
    collapsed: ['machines'],
    sizes: null,
    text: '',
    ends: [],
    isStarred: false,
    isThisNotebook: false,
    sort: 'newest',
    metric: null
  };
  private _timer = 0;
  private _changed = new Signal<this, void>(this);
}

const ENDS: readonly RunState[] = ['succeeded', 'failed', 'cancelled'];

/**
 * What is of the right kind of something that was kept, perhaps by another version.
 */
export function readMemory(found: object): Partial<IPanelMemory> {
  const said = new Map<string, unknown>(Object.entries(found));
  const memory: Partial<IPanelMemory> = {};
  const collapsed = texts(said.get('collapsed'));
  if (collapsed) {
    memory.collapsed = collapsed;
  }
  const ends = texts(said.get('ends'));
  if (ends) {
    memory.ends = ENDS.filter(end => ends.includes(end));
  }
  const sizes = said.get('sizes');
  if (Array.isArray(sizes) && sizes.every(one => typeof one === 'number')) {
    memory.sizes = sizes;
  }
  for (const name of ['text', 'sort', 'metric'] as const) {
    const value = said.get(name);
    if (typeof value === 'string') {
      memory[name] = value;
    }
  }
  for (const name of ['isStarred', 'isThisNotebook'] as const) {
    const value = said.get(name);
    if (typeof value === 'boolean') {
      memory[name] = value;
    }
  }
  return memory;
}

function texts(value: unknown): string[] | null {
  return Array.isArray(value)
    ? value.filter((one): one is string => typeof one === 'string')
    : null;
}
