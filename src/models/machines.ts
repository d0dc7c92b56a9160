import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { Api } from '../api/client';
import type { Stream, StreamItem } from '../api/stream';
import type {
  ICheck,
  ICleaned,
  IMachineFields,
  IMachineView,
  INewMachine
} from '../api/types';

/**
 * The test of a machine as it goes on.
 */
export interface IMachineTest {
  checks: ICheck[];
  isRunning: boolean;

  /**
   * When the step that goes on now began, in milliseconds.
   */
  since: number;

  /**
   * Whether all that is required is there; null while that is not known.
   */
  isUsable: boolean | null;

  /**
   * Why the test itself could not go on; null where it could.
   */
  error: Error | null;
}

/**
 * Every machine runs can go to, with what is known of it.
 */
export class Machines implements IDisposable {
  constructor(api: Api, stream: Stream) {
    this._api = api;
    stream.item.connect(this._onItem, this);
    stream.connectedChanged.connect(this._onConnected, this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /**
   * This computer first, then in the order of the lists they come from.
   */
  get all(): readonly IMachineView[] {
    return this._all;
  }

  /**
   * What is wrong with the lists.
   */
  get problems(): readonly string[] {
    return this._problems;
  }

  get isReady(): boolean {
    return this._isReady;
  }

  get error(): Error | null {
    return this._error;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  get(name: string): IMachineView | null {
    return this._all.find(({ machine }) => machine.name === name) ?? null;
  }

  /**
   * The latest test of a machine in this tab; null where it was not tested.
   */
  test(name: string): IMachineTest | null {
    return this._tests.get(name) ?? null;
  }

  async refresh(): Promise<void> {
    try {
      const { machines, problems } = await this._api.machines();
      this._all = machines;
      this._problems = problems;
      this._error = null;
      this._isReady = true;
    } catch (reason) {
      this._error = reason as Error;
    }
    this._changed.emit();
  }

  /**
   * Test a machine, line by line; comes back when the test is over, and says whether all that is required is there.
   */
  async runTest(name: string): Promise<boolean> {
    this._aborts.get(name)?.abort();
    const abort = new AbortController();
    this._aborts.set(name, abort);
    const test: IMachineTest = {
      checks: [],
      isRunning: true,
      since: Date.now(),
      isUsable: null,
      error: null
    };
    this._tests.set(name, test);
    this._changed.emit();
    try {
      await this._api.testMachine(
        name,
        check => {
          test.checks = [...test.checks, check];
          test.since = Date.now();
          this._changed.emit();
        },
        abort.signal
      );
      test.isUsable = test.checks.every(
        check => check.ok !== false || !check.required
      );
    } catch (reason) {
      test.error = abort.signal.aborted ? null : (reason as Error);
    }
    test.isRunning = false;
    if (!this._isDisposed) {
      await this.refresh(); // what it found there
    }
    return test.isUsable === true;
  }

  /**
   * Leave a test that takes too long.
   */
  abortTest(name: string): void {
    this._aborts.get(name)?.abort();
  }

  /**
   * Free space on a machine, or with `dryRun` tell what would go. Raises `ApiError`.
   *
   * @param keepDays How long runs and environments stay after their end.
   */
  clean(
    name: string,
    dryRun: boolean,
    keepDays: number,
    signal?: AbortSignal
  ): Promise<ICleaned> {
    const wish = { dry_run: dryRun, keep_days: keepDays };
    return this._api.cleanMachine(name, wish, signal);
  }

  /**
   * Add to the own list. Raises `ApiError`.
   */
  async add(machine: INewMachine): Promise<void> {
    await this._api.addMachine(machine);
    await this.refresh();
  }

  /**
   * Change one of the own list. Raises `ApiError`.
   */
  async change(name: string, fields: IMachineFields): Promise<void> {
    await this._api.changeMachine(name, fields);
    await this.refresh();
  }

  /**
   * Take one off the own list. Raises `ApiError`.
   */
  async remove(name: string): Promise<void> {
    await this._api.removeMachine(name);
    this._tests.delete(name);
    await this.refresh();
  }

  dispose(): void {
    this._isDisposed = true;
    this._aborts.forEach(abort => {
      abort.abort();
    });
    Signal.clearData(this);
  }

  private _onConnected(_: Stream, connected: boolean): void {
    if (connected) {
      void this.refresh();
    }
  }

  private _onItem(_: Stream, item: StreamItem): void {
    if (item.type !== 'machine') {
      return;
    }
    if (!this.get(item.status.name)) {
      void this.refresh(); // put on a list elsewhere
      return;
    }
    this._all = this._all.map(view =>
      view.machine.name === item.status.name
        ? { ...view, status: item.status }
        : view
    );
    this._changed.emit();
  }

  private _api: Api;
  private _all: IMachineView[] = [];
  private _problems: string[] = [];
  private _tests = new Map<string, IMachineTest>();
  private _aborts = new Map<string, AbortController>();
  private _isReady = false;
  private _error: Error | null = null;
  private _isDisposed = false;
  private _changed = new Signal<this, void>(this);
}
