import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { addMachineCommands } from '../commands/machines';
import { IRemote } from '../models/remote';

/**
 * What can be done with machines.
 */
export const machines: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlx:machines',
  description: 'Commands to add, edit, remove, test and clean machines.',
  autoStart: true,
  requires: [IRemote],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    remote: IRemote,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_mlx');
    addMachineCommands(app.commands, { remote, trans });
  }
};
