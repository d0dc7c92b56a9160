import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { IRemote } from '../models/remote';
import { IStarts } from '../models/starts';
import { ITargets } from '../models/target';
import { RunButton } from '../notebook/runButton';

/**
 * The split button in each notebook's toolbar.
 */
export const toolbar: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlx:toolbar',
  description: 'The button in the notebook toolbar that runs it remotely.',
  autoStart: true,
  requires: [IToolbarWidgetRegistry, IRemote, ITargets, IStarts],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    registry: IToolbarWidgetRegistry,
    remote: IRemote,
    targets: ITargets,
    starts: IStarts,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_mlx');
    const { commands } = app;
    registry.addFactory<NotebookPanel>(
      'Notebook',
      'mlx-run',
      panel =>
        new RunButton(panel, { commands, remote, targets, starts, trans })
    );
  }
};
