import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILauncher } from '@jupyterlab/launcher';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { Commands } from '../ui/commands';

/**
 * One card in the launcher, where there is a panel to show.
 */
export const launcher: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlx:launcher',
  description: 'The card of remote runs in the launcher.',
  autoStart: true,
  requires: [ILauncher],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    cards: ILauncher,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyterlab');
    const { commands } = app;
    void app.started.then(() => {
      if (
        commands.hasCommand(Commands.showPanel) &&
        commands.hasCommand(Commands.launch)
      ) {
        // The category has the name it has in the lab's own translation.
        const category = trans.__('Other');
        cards.add({ command: Commands.launch, category, rank: 4 });
      }
    });
  }
};
