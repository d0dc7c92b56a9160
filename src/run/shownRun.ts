import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import { ApiError } from '../api/client';
import type { IMachineView, IRun, IRunSummary } from '../api/types';
import { isFinal, moment } from '../models/states';
import type { IRunCell, IRunModelChange, RunModel } from '../models/run';
import type { IOpenRun } from '../models/remote';
import type { IRunViewContext } from './context';

/**
 * The tabs of a run's view, in order.
 */
export const TABS = [
  'overview',
  'metrics',
  'log',
  'notebook',
  'files'
] as const;

export type RunTab = (typeof TABS)[number];

/**
 * What a run in a list and a run in full have in common.
 */
export type IRunFacts = Pick<IRunSummary, keyof IRunSummary & keyof Facts>;

type Facts = Omit<IRun, 'cells' | 'outputs'>;

/**
 * One run as all parts of its view see it: what the server says, what the journal says, and where the user looks.
 */
export class ShownRun implements IDisposable {
  constructor(
    readonly context: IRunViewContext,
    private _open: IOpenRun
  ) {
    this._open.model.changed.connect(this._onModel, this);
    context.remote.runs.changed.connect(this._onRuns, this);
    context.remote.machines.changed.connect(this._onOther, this);
    context.remote.stream.connectedChanged.connect(this._onConnected, this);
  }

  get id(): string {
    return this.model.id;
  }

  get model(): RunModel {
    return this._open.model;
  }

  /**
   * State, times, tags, cost…: from the list where it is known there, which is fresher.
   */
  get facts(): IRunFacts | null {
    const listed = this.context.remote.runs.get(this.id);
    const { detail } = this.model;
    const isBehind =
      listed && detail && isFinal(detail.state) && !isFinal(listed.state);
    return isBehind ? detail : (listed ?? detail);
  }

  get machine(): IMachineView | null {
    const { facts } = this;
    return facts && this.context.remote.machines.get(facts.machine);
  }

  get isFinal(): boolean {
    return this.facts !== null && isFinal(this.facts.state);
  }

  /**
   * Whether the server says that there is no such run.
   */
  get isMissing(): boolean {
    const { error } = this.model;
    return error instanceof ApiError && error.status === 404;
  }

  /**
   * Seconds since the epoch from which the run's time counts, by the machine's clock.
   */
  get origin(): number {
    const first = this.model.cells.find(({ started }) => started !== null);
    const { facts, model } = this;
    const begun = facts && (moment(facts.started) ?? moment(facts.created));
    const sample = model.samples[0]?.time ?? Infinity;
    const told = Math.min(first?.started ?? Infinity, sample);
    return Number.isFinite(told) ? told : (begun ?? 0) / 1000;
  }

  /**
   * The cell the run failed at, as far as one is known.
   */
  get failedCell(): number | null {
    const { facts } = this;
    const isBad = facts?.state === 'failed' || facts?.state === 'lost';
    const said = this._lastCell;
    const failed = this.model.cells.find(({ state }) => state === 'failed');
    return isBad ? (said ?? failed?.index ?? null) : null;
  }

  /**
   * The state of a cell as people read it: who stops a run sees no failure in what the stop did.
   */
  stateOf({ index, state }: IRunCell): string {
    const isStopped =
      this.facts?.state === 'cancelled' &&
      state === 'failed' &&
      index === this._lastCell;
    return isStopped ? 'cancelled' : state;
  }

  /**
   * The cell that ran when the run ended, by its verdict.
   */
  private get _lastCell(): number | null {
    const said = this.model.detail?.exit?.['cell'];
    return typeof said === 'number' ? said : null;
  }

  /**
   * Milliseconds since the epoch at which the server was heard last; null while it is heard.
   */
  get disconnectedAt(): number | null {
    return this._disconnectedAt;
  }

  /**
   * Milliseconds since the epoch at which the run last told something while it was open here; null before.
   */
  get heard(): number | null {
    return this._heard;
  }

  /**
   * Header, strip and tabs have something new to show.
   */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /**
   * The journal brought something.
   */
  get told(): ISignal<this, IRunModelChange> {
    return this._told;
  }

  get tab(): RunTab {
    return this._tab;
  }

  set tab(tab: RunTab) {
    if (tab !== this._tab) {
      this._tab = tab;
      this._tabChanged.emit(tab);
      this._changed.emit();
    }
  }

  get tabChanged(): ISignal<this, RunTab> {
    return this._tabChanged;
  }

  /**
   * A cell is to be shown; its index.
   */
  get revealed(): ISignal<this, number> {
    return this._revealed;
  }

  /**
   * The cell that was asked for last; null where none was.
   */
  get wantedCell(): number | null {
    return this._wantedCell;
  }

  get isDisposed(): boolean {
    return this._open.isDisposed;
  }

  /**
   * Show a cell in the executed notebook.
   */
  reveal(cell: number): void {
    this._wantedCell = cell;
    this.tab = 'notebook';
    this._revealed.emit(cell);
  }

  dispose(): void {
    if (!this.isDisposed) {
      Signal.clearData(this);
      this._open.model.changed.disconnect(this._onModel, this);
      this._open.dispose();
    }
  }

  private _onModel(_: RunModel, change: IRunModelChange): void {
    if (!change.detail) {
      // What comes first may be old.
      this._heard = this._hasPast ? Date.now() : this._heard;
      this._hasPast = true;
    }
    this._told.emit(change);
    this._changed.emit();
  }

  private _onRuns(_: unknown, ids: string[] | null): void {
    if (ids === null || ids.includes(this.id)) {
      if (ids !== null && !this.context.remote.runs.get(this.id)) {
        void this.model.refresh(); // it was deleted
      }
      this._changed.emit();
    }
  }

  private _onOther(): void {
    this._changed.emit();
  }

  private _onConnected(_: unknown, connected: boolean): void {
    this._disconnectedAt = connected ? null : Date.now();
    this._changed.emit();
  }

  private _tab: RunTab = 'overview';
  private _wantedCell: number | null = null;
  private _disconnectedAt: number | null = null;
  private _heard: number | null = null;
  private _hasPast = false;
  private _changed = new Signal<this, void>(this);
  private _told = new Signal<this, IRunModelChange>(this);
  private _tabChanged = new Signal<this, RunTab>(this);
  private _revealed = new Signal<this, number>(this);
}
