import type { DocumentRegistry } from '@jupyterlab/docregistry';
import {
  type INotebookModel,
  type INotebookTracker,
  NotebookActions,
  type Notebook,
  type NotebookPanel
} from '@jupyterlab/notebook';
import type { Contents } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { IRunSummary } from '../api/types';
import type { IFill, IFills } from '../models/fills';
import type { Leases } from '../models/leases';
import type { IRemote } from '../models/remote';
import { isFinal } from '../models/states';
import type { Binding } from './binding';
import { chosenRun } from './choosing';
import { Fill } from './fill';
import type { IRemembered, Memory } from './memory';
import { followTrust } from './trust';

type Context = DocumentRegistry.IContext<INotebookModel>;

/**
 * What the fills stand on.
 */
export interface IFillsOptions {
  tracker: INotebookTracker;
  remote: IRemote;
  contents: Contents.IManager;
  leases: Leases;
  memory: Memory;
}

interface IDocument {
  readonly context: Context;

  /**
   * Without the name of a drive.
   */
  path: string;
  panel: NotebookPanel;
  fill: Fill | null;

  /**
   * The run that it will show in a moment.
   */
  next: string | null;
}

/**
 * Finds for each open notebook the run that fills it: one that goes on, or one that was followed before and came to
 * its end unseen. Views of the same document share its fill.
 */
export class Fills implements IFills, IDisposable {
  constructor(options: IFillsOptions) {
    this._options = options;
    const { tracker, remote, leases, memory } = options;
    tracker.widgetAdded.connect(this._onPanel, this);
    remote.runs.changed.connect(this._onRuns, this);
    leases.changed.connect(this._onLease, this);
    NotebookActions.executionScheduled.connect(this._onExecution, this);
    tracker.forEach(panel => {
      this._onPanel(tracker, panel);
    });
    void memory.ready.then(() => {
      this._isReady = true;
      this._onRuns();
    });
  }

  /**
   * Whether notebooks are filled without being asked to; the setting.
   */
  get isAutomatic(): boolean {
    return this._isAutomatic;
  }

  set isAutomatic(value: boolean) {
    this._isAutomatic = value;
    this._onRuns();
  }

  get changed(): ISignal<this, string> {
    return this._changed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  of(path: string): IFill | null {
    return this._at(path)?.fill ?? null;
  }

  runOf(path: string): IRunSummary | null {
    const fill = this._at(path)?.fill;
    const { runs } = this._options.remote;
    return fill ? runs.get(fill.run) : this._latest(this._local(path));
  }

  /**
   * The binding of an open notebook, for who compares it with its run.
   */
  binding(path: string): Binding | null {
    return this._at(path)?.fill?.binding ?? null;
  }

  watch(path: string, run?: string): void {
    const document = this._at(path);
    const id = run ?? this._latest(this._local(path))?.id;
    if (!document || id === undefined) {
      throw new Error(`${path} is not open, or has no run`);
    }
    const known = this._options.memory.of(document.path);
    void this._bind(document, id, known && { ...known, taken: [] }, false);
  }

  unwatch(path: string): void {
    const document = this._at(path);
    if (document?.fill) {
      document.fill.isOff = true;
      this._remember(document);
      this._unbind(document);
    }
  }

  takeOver(path: string): void {
    const document = this._at(path);
    if (document?.fill) {
      this._options.leases.claim(document.path, true);
    }
  }

  restore(path: string): number {
    const count = this._at(path)?.fill?.binding.restore() ?? 0;
    this.unwatch(path);
    return count;
  }

  clearMarks(path: string): void {
    const document = this._at(path);
    if (document?.fill) {
      document.fill.hasMarks = false;
      this._changed.emit(document.path);
    }
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._documents.forEach(document => {
        this._unbind(document);
      });
      Signal.clearData(this);
    }
  }

  private _onPanel(_: INotebookTracker, panel: NotebookPanel): void {
    const { context } = panel;
    if (this._documents.has(context)) {
      return; // another view of it
    }
    const path = this._local(context.path);
    const document: IDocument = {
      context,
      path,
      panel,
      fill: null,
      next: null
    };
    this._documents.set(context, document);
    context.disposed.connect(this._onClosed, this);
    context.pathChanged.connect(this._onPath, this);
    context.saveState.connect(this._onSaved, this);
    void context.ready.then(() => {
      if (context.model.collaborative) {
        followTrust(context.model);
      }
      this._consider(document);
    });
  }

  private _onClosed(context: Context): void {
    const document = this._documents.get(context);
    if (document) {
      this._documents.delete(context);
      if (document.fill) {
        // Closing without saving is a choice too: what was all there is not written anew.
        document.fill.isDone ||= document.fill.binding.isComplete;
        this._remember(document);
      }
      this._unbind(document);
    }
  }

  private _onPath(context: Context): void {
    const document = this._documents.get(context);
    if (!document) {
      return;
    }
    const { leases, memory } = this._options;
    const from = document.path;
    document.path = this._local(context.path);
    memory.rename(from, document.path);
    if (document.fill) {
      leases.release(from);
      document.fill.path = document.path;
      if (!document.fill.isDone) {
        leases.claim(document.path);
      }
    }
    this._changed.emit(from);
    this._changed.emit(document.path);
  }

  private _onSaved(context: Context, state: DocumentRegistry.SaveState): void {
    const document = this._documents.get(context);
    const fill = document?.fill;
    if (document && fill && state === 'completed' && fill.mode === 'filling') {
      this._settle(document, fill);
    }
  }

  /**
   * All of the run is in the file: the next page that opens it has nothing to write.
   */
  private _settle(document: IDocument, fill: Fill): void {
    if (fill.binding.isComplete && !fill.isDone) {
      fill.isDone = true;
      this._remember(document);
    }
  }

  private _onRuns(): void {
    for (const document of this._documents.values()) {
      this._consider(document);
      this._changed.emit(document.path);
    }
  }

  private _onLease(_: Leases, path: string): void {
    for (const document of this._documents.values()) {
      if (document.path === path && document.fill) {
        document.fill.binding.refresh();
        this._changed.emit(path);
      }
    }
  }

  private _onExecution(
    _: unknown,
    { notebook, cell }: { notebook: Notebook; cell: { model: { id: string } } }
  ): void {
    for (const { context, fill } of this._documents.values()) {
      if (context.model === notebook.model) {
        fill?.binding.take(cell.model.id);
      }
    }
  }

  /**
   * Which run a notebook should show now.
   */
  private _consider(document: IDocument): void {
    const { remote, memory } = this._options;
    if (
      !this._isReady ||
      !remote.runs.isReady ||
      !document.context.isReady ||
      document.context.isDisposed
    ) {
      return;
    }
    const { fill } = document;
    if (fill && !remote.runs.get(fill.run)) {
      this._unbind(document); // the run was deleted
      return;
    }
    const remembered = memory.of(document.path);
    const choice = chosenRun({
      shown: fill && remote.runs.get(fill.run),
      latest: this._latest(document.path),
      remembered,
      rememberedRun: remembered && remote.runs.get(remembered.run),
      isAutomatic: this._isAutomatic
    });
    if (choice) {
      void this._bind(document, choice.run, remembered, choice.isDone);
    }
  }

  /**
   * What writes is read only once there is something to write.
   */
  private async _bind(
    document: IDocument,
    run: string,
    known: IRemembered | null,
    isDone: boolean
  ): Promise<void> {
    if (document.next === run) {
      return; // on its way
    }
    document.next = run;
    const { remote, leases } = this._options;
    const opened = await remote.open(run);
    const { Binding: Made } = await import('./binding');
    if (document.next !== run || document.context.isDisposed) {
      opened.dispose();
      return; // something else was chosen meanwhile
    }
    document.next = null;
    this._unbind(document);
    const again = known?.run === run ? known : null;
    const { path, context } = document;
    const fill: Fill = new Fill(path, opened, leases, open => {
      return new Made(context.model, open, {
        mayWrite: () => fill.mode === 'filling',
        recordsTimes: () =>
          !document.panel.isDisposed &&
          document.panel.content.notebookConfig.recordTiming,
        end: () => {
          const summary = remote.runs.get(run);
          return summary && isFinal(summary.state) ? summary.state : null;
        },
        remembered: again
      });
    });
    fill.isDone = isDone;
    document.fill = fill;
    if (!isDone) {
      leases.claim(path);
    }
    let said = '';
    fill.binding.changed.connect(binding => {
      const now = `${binding.taken.length} ${binding.earlier.size}`;
      if (now !== said) {
        said = now;
        this._remember(document);
      }
      if (context.model.collaborative || !context.model.dirty) {
        this._settle(document, fill);
      }
      this._changed.emit(document.path);
    });
    this._remember(document);
    fill.binding.refresh();
    this._changed.emit(path);
  }

  private _unbind(document: IDocument): void {
    const { fill } = document;
    document.next = null;
    if (fill) {
      document.fill = null;
      fill.dispose();
      this._options.leases.release(document.path);
      this._changed.emit(document.path);
    }
  }

  private _remember({ path, fill }: IDocument): void {
    if (fill) {
      this._options.memory.set(path, fill.remembered());
    }
  }

  private _latest(path: string): IRunSummary | null {
    const { runs } = this._options.remote;
    return runs.all.find(run => run.path === path) ?? null;
  }

  private _at(path: string): IDocument | null {
    const local = this._local(path);
    for (const document of this._documents.values()) {
      if (document.path === local) {
        return document;
      }
    }
    return null;
  }

  /**
   * As the server has it: of the drives only that of shared documents shows the same files.
   */
  private _local(path: string): string {
    const { contents } = this._options;
    const drive = contents.driveName(path);
    return drive === '' || drive === 'RTC' ? contents.localPath(path) : path;
  }

  private _options: IFillsOptions;
  private _documents = new Map<Context, IDocument>();
  private _isReady = false;
  private _isAutomatic = true;
  private _isDisposed = false;
  private _changed = new Signal<this, string>(this);
}
