import type { IDisposable } from '@lumino/disposable';

import type { FillMode, IFill, IFilledCell } from '../models/fills';
import type { Leases } from '../models/leases';
import type { IOpenRun } from '../models/remote';
import type { RunModel } from '../models/run';
import type { Binding } from './binding';
import { type IRemembered, toStore } from './memory';

/**
 * One open notebook and the run it shows, held until it is disposed of.
 */
export class Fill implements IFill, IDisposable {
  /**
   * @param path The document's, by which it is leased; a rename changes it.
   */
  constructor(
    public path: string,
    open: IOpenRun,
    leases: Leases,
    bind: (run: RunModel) => Binding
  ) {
    this._open = open;
    this._leases = leases;
    this.run = open.model.id;
    this.binding = bind(open.model);
  }

  readonly run: string;
  readonly binding: Binding;

  /**
   * Whether everything was written and saved.
   */
  isDone = false;

  /**
   * Whether the user wants no more of this run here.
   */
  isOff = false;

  hasMarks = true;

  get mode(): FillMode {
    const held = this._leases.held(this.path);
    if (held !== null) {
      return held ? 'filling' : 'elsewhere';
    }
    return this.isDone ? 'kept' : 'asking';
  }

  get canRestore(): boolean {
    return this.binding.earlier.size > 0;
  }

  get error(): Error | null {
    return this.binding.error;
  }

  get isDisposed(): boolean {
    return this._open.isDisposed;
  }

  cell(id: string): IFilledCell | null {
    return this.binding.cell(id);
  }

  /**
   * What has to outlive the page.
   */
  remembered(): IRemembered {
    return {
      run: this.run,
      isDone: this.isDone,
      isOff: this.isOff,
      taken: this.binding.taken,
      earlier: toStore(this.binding.earlier)
    };
  }

  dispose(): void {
    this.binding.dispose();
    this._open.dispose();
  }

  private _open: IOpenRun;
  private _leases: Leases;
}
