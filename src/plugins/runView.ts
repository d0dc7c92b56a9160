import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import {
  ICommandPalette,
  IThemeManager,
  WidgetTracker
} from '@jupyterlab/apputils';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { addOpenRunCommands, type IOpenRunArgs } from '../commands/openRun';
import { IOpenNotebooks } from '../models/document';
import { IRemote } from '../models/remote';
import { ITargets } from '../models/target';
import type { IRunViewContext } from '../run/context';
import type { RunView } from '../run/runView';
import { CATEGORY, Commands } from '../ui/commands';

/**
 * The view of a run in the main area; where there is one only for a notebook, below it.
 */
export const runView: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlx:run-view',
  description: 'Shows a run: its cells, metrics, log, notebook and files.',
  autoStart: true,
  requires: [IRemote, ITargets, IOpenNotebooks, IRenderMimeRegistry],
  optional: [
    ITranslator,
    IEditorLanguageRegistry,
    IThemeManager,
    ILabShell,
    ILayoutRestorer,
    ICommandPalette
  ],
  activate: (
    app: JupyterFrontEnd,
    remote: IRemote,
    targets: ITargets,
    notebooks: IOpenNotebooks,
    rendermime: IRenderMimeRegistry,
    translator: ITranslator | null,
    languages: IEditorLanguageRegistry | null,
    themes: IThemeManager | null,
    labShell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ): void => {
    const context: IRunViewContext = {
      remote,
      targets,
      notebooks,
      commands: app.commands,
      trans: (translator ?? nullTranslator).load('jupyter_mlx'),
      rendermime,
      languages,
      themes
    };
    const views = new RunViews(app, context, labShell ? 'main' : 'down');
    addOpenRunCommands(context, app.commands, args => views.open(args));
    palette?.addItem({ command: Commands.openRun, category: CATEGORY });
    void restorer?.restore(views.tracker, {
      command: Commands.openRun,
      name: view => view.content.run.id,
      args: ({ content: { run } }) => ({ run: run.id, tab: run.tab })
    });
  }
};

class RunViews {
  constructor(
    private _app: JupyterFrontEnd,
    private _context: IRunViewContext,
    private _area: string
  ) {}

  readonly tracker = new WidgetTracker<RunView>({ namespace: 'jupyter-mlx' });

  /**
   * A run has one view; who asks while it is being made gets the same.
   */
  async open(wanted: IOpenRunArgs): Promise<RunView> {
    const { run, cell, tab } = wanted;
    const { readTab } = await import('../run/runView');
    let view = this.tracker.find(({ content }) => content.run.id === run);
    if (view) {
      view.content.goTo({ cell, tab: readTab(tab) });
    } else {
      const making = this._making.get(run) ?? this._make(wanted);
      this._making.set(run, making);
      view = await making.finally(() => this._making.delete(run));
    }
    const { shell } = this._app;
    if (!view.isAttached) {
      shell.add(view, this._area);
    }
    shell.activateById(view.id);
    return view;
  }

  private async _make({ run, cell, tab }: IOpenRunArgs): Promise<RunView> {
    const { makeRunView, readTab } = await import('../run/runView');
    const place = { cell, tab: readTab(tab) };
    const made = await makeRunView(this._context, run, place);
    made.content.run.tabChanged.connect(() => {
      void this.tracker.save(made);
    });
    await this.tracker.add(made);
    return made;
  }

  private _making = new Map<string, Promise<RunView>>();
}
