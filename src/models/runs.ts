import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { Api, IRunsQuery } from '../api/client';
import type { Stream, StreamItem } from '../api/stream';
import type {
  IFetchInto,
  IFetchedFiles,
  IRun,
  IRunChange,
  IRunSummary
} from '../api/types';
import { isFinal } from './states';

const PAGE = 100;

/**
 * The runs the server knows, newest first: the first page and what was asked for, kept fresh by the stream.
 */
export class Runs implements IDisposable {
  constructor(api: Api, stream: Stream) {
    this._api = api;
    stream.item.connect(this._onItem, this);
    stream.connectedChanged.connect(this._onConnected, this);
  }

  /**
   * Some runs are new, changed or gone; ids, or null for any.
   */
  get changed(): ISignal<this, string[] | null> {
    return this._changed;
  }

  /**
   * A run came to its end while we watched.
   */
  get ended(): ISignal<this, IRunSummary> {
    return this._ended;
  }

  /**
   * Whether the first page has come.
   */
  get isReady(): boolean {
    return this._isReady;
  }

  /**
   * Why the list could not be read; null where it could.
   */
  get error(): Error | null {
    return this._error;
  }

  /**
   * Whether there are older runs to ask for.
   */
  get hasMore(): boolean {
    return this._next !== null;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /**
   * All runs that are known here, newest first.
   */
  get all(): readonly IRunSummary[] {
    this._sorted ??= [...this._runs.values()].sort((a, b) =>
      a.created < b.created ? 1 : a.created > b.created ? -1 : 0
    );
    return this._sorted;
  }

  /**
   * Those that are not over, newest first.
   */
  get active(): IRunSummary[] {
    return this.all.filter(run => !isFinal(run.state));
  }

  get(id: string): IRunSummary | null {
    return this._runs.get(id) ?? null;
  }

  /**
   * The newest run of a notebook, by its project and its path there, as runs have them.
   */
  latestOf(project: string, notebook: string): IRunSummary | null {
    return (
      this.all.find(
        run => run.project === project && run.notebook === notebook
      ) ?? null
    );
  }

  /**
   * Read the first page again.
   */
  async refresh(): Promise<void> {
    let over: IRunSummary[] = [];
    try {
      const asked = this._told;
      const page = await this._api.runs({ limit: PAGE });
      over = page.runs.filter(run => this._endsNow(run));
      const hasGap = !page.runs.some(run => this._runs.has(run.id));
      const oldest = page.runs[page.runs.length - 1]?.created ?? '';
      for (const [id, run] of this._runs) {
        const isListed = run.created >= oldest || page.next === null;
        if (isListed && this._isAsOf(id, asked)) {
          this._runs.delete(id);
        }
      }
      this._next = hasGap ? page.next : this._next;
      this._error = null;
      this._keep(page.runs, asked);
      this._isReady = true;
    } catch (reason) {
      this._error = reason as Error;
    }
    this._tell(null);
    for (const run of over) {
      this._ended.emit(run);
    }
  }

  /**
   * Read the next older page.
   */
  async more(): Promise<void> {
    if (this._next === null) {
      return;
    }
    const asked = this._told;
    const page = await this._api.runs({ limit: PAGE, before: this._next });
    this._next = page.next;
    this._keep(page.runs, asked);
    this._tell(page.runs.map(run => run.id));
  }

  /**
   * Runs that match, also such as were not known here. Raises `ApiError`.
   */
  async find(query: IRunsQuery): Promise<IRunSummary[]> {
    const asked = this._told;
    const page = await this._api.runs({ limit: PAGE, ...query });
    this._keep(page.runs, asked);
    this._tell(page.runs.map(run => run.id));
    return page.runs;
  }

  /**
   * Ask for a stop. Raises `ApiError`.
   */
  async stop(id: string): Promise<void> {
    this._merge(await this._api.stopRun(id));
  }

  /**
   * Run the same content again. Raises `ApiError`.
   */
  rerun(id: string, machine?: string): Promise<IRun> {
    return this._api.rerun(id, machine === undefined ? {} : { machine });
  }

  /**
   * Change title, tags or notes. Raises `ApiError`.
   */
  async change(id: string, change: IRunChange): Promise<void> {
    this._merge(await this._api.changeRun(id, change));
  }

  /**
   * Forget a run that is over, on this computer only. Raises `ApiError`.
   */
  async delete(id: string): Promise<void> {
    await this._api.deleteRun(id);
    this._drop(id);
  }

  /**
   * Write the executed notebook and the outputs into a folder of the server. Raises `ApiError`.
   */
  fetch(id: string, into: IFetchInto): Promise<IFetchedFiles> {
    return this._api.fetchRun(id, into);
  }

  dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
  }

  private _onConnected(_: Stream, connected: boolean): void {
    if (connected) {
      void this.refresh();
    }
  }

  private _onItem(_: Stream, item: StreamItem): void {
    if (item.type === 'run') {
      const isOver = this._endsNow(item.run);
      this._keep([item.run]);
      this._tell([item.run.id]);
      if (isOver) {
        this._ended.emit(item.run);
      }
    } else if (item.type === 'run_removed') {
      this._drop(item.run);
    } else if (item.type === 'resync') {
      void this.refresh();
    }
  }

  /**
   * A whole run tells what its summary would.
   */
  private _merge(run: IRun): void {
    const known = this._runs.get(run.id);
    if (known) {
      const { cells, outputs, ...same } = run;
      this._keep([{ ...known, ...same }]);
      this._tell([run.id]);
    }
  }

  /**
   * @param asked For an answer: what had been told when it was asked for. What was told since is newer.
   */
  private _keep(runs: IRunSummary[], asked: number | null = null): void {
    for (const run of runs) {
      if (asked === null) {
        this._told++;
        this._toldAt.set(run.id, this._told);
        this._runs.set(run.id, run);
      } else if (this._isAsOf(run.id, asked)) {
        this._runs.set(run.id, run);
      }
    }
  }

  private _drop(id: string): void {
    this._told++;
    this._toldAt.set(id, this._told);
    this._runs.delete(id);
    this._tell([id]);
  }

  private _isAsOf(id: string, asked: number): boolean {
    return (this._toldAt.get(id) ?? 0) <= asked;
  }

  private _endsNow(run: IRunSummary): boolean {
    const before = this._runs.get(run.id);
    return !!before && !isFinal(before.state) && isFinal(run.state);
  }

  private _tell(ids: string[] | null): void {
    this._sorted = null;
    this._changed.emit(ids);
  }

  private _api: Api;
  private _runs = new Map<string, IRunSummary>();
  private _told = 0;
  private _toldAt = new Map<string, number>();
  private _sorted: IRunSummary[] | null = null;
  private _next: string | null = null;
  private _isReady = false;
  private _error: Error | null = null;
  private _isDisposed = false;
  private _changed = new Signal<this, string[] | null>(this);
  private _ended = new Signal<this, IRunSummary>(this);
}
