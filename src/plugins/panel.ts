import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { addPanelCommands } from '../commands/views';
import { IOpenNotebooks } from '../models/document';
import { IRemote } from '../models/remote';
import { ITargets } from '../models/target';
import { RemoteRunsPanel } from '../sidebar/panel';
import { CATEGORY, Commands } from '../ui/commands';

const RANK = 600;

/**
 * The panel of remote runs in the left area.
 */
export const panel: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlx:panel',
  description: 'The panel of remote runs in the left area.',
  autoStart: true,
  requires: [IRemote, ITargets, IOpenNotebooks],
  optional: [ITranslator, IStateDB, ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    remote: IRemote,
    targets: ITargets,
    notebooks: IOpenNotebooks,
    translator: ITranslator | null,
    db: IStateDB | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ): void => {
    const { commands, shell } = app;
    const trans = (translator ?? nullTranslator).load('jupyter_mlx');
    const context = { remote, targets, notebooks, commands, trans };
    const widget = new RemoteRunsPanel(context, db, translator);
    addPanelCommands(commands, {
      remote,
      trans,
      show: () => {
        shell.activateById(widget.id);
      }
    });
    shell.add(widget, 'left', { rank: RANK, type: 'Remote Runs' });
    restorer?.add(widget, 'jupyter-mlx-panel');
    for (const command of [Commands.showPanel, Commands.refresh]) {
      palette?.addItem({ command, category: CATEGORY });
    }
  }
};
