import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import type { ICommandContext } from '../commands/context';
import { addPlaceCommands } from '../commands/places';
import { addRunCommands } from '../commands/runs';
import { addStartCommands } from '../commands/start';
import { IOpenNotebooks } from '../models/document';
import { IPreferences } from '../models/preferences';
import { IRemote } from '../models/remote';
import { IStarts } from '../models/starts';
import { ITargets } from '../models/target';
import { CATEGORY, Commands } from '../ui/commands';

// The other plugins put their own there.
const inPalette: string[] = [
  Commands.runNotebook,
  Commands.runOn,
  Commands.preflight,
  Commands.stopRun,
  Commands.rerun,
  Commands.fetchRun,
  Commands.deleteRun,
  Commands.copyLink,
  Commands.starRun,
  Commands.tagRun,
  Commands.noteRun,
  Commands.openNotebook,
  Commands.addMachine,
  Commands.testMachine,
  Commands.editMachine,
  Commands.removeMachine,
  Commands.cleanMachine
];

/**
 * The commands about runs, and those about machines, in the palette.
 */
export const commands: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlx:commands',
  description: 'Commands that start, stop, repeat, fetch and label runs.',
  autoStart: true,
  requires: [IRemote, ITargets, IOpenNotebooks, IPreferences, IStarts],
  optional: [ITranslator, ICommandPalette, IFileBrowserFactory],
  activate: (
    app: JupyterFrontEnd,
    remote: IRemote,
    targets: ITargets,
    notebooks: IOpenNotebooks,
    preferences: IPreferences,
    starts: IStarts,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    browsers: IFileBrowserFactory | null
  ): void => {
    const context: ICommandContext = {
      remote,
      targets,
      notebooks,
      preferences,
      starts,
      commands: app.commands,
      contents: app.serviceManager.contents,
      trans: (translator ?? nullTranslator).load('jupyter_mlx'),
      selected: () => selectedNotebooks(browsers),
      frontRun: () => frontRun(app.shell)
    };
    addStartCommands(app.commands, context);
    addRunCommands(app.commands, context);
    addPlaceCommands(app.commands, context);
    notebooks.currentChanged.connect(() => {
      app.commands.notifyCommandChanged(Commands.runNotebook);
    });
    for (const command of inPalette) {
      palette?.addItem({ command, category: CATEGORY });
    }
  }
};

function selectedNotebooks(browsers: IFileBrowserFactory | null): string[] {
  const items = browsers?.tracker.currentWidget?.selectedItems() ?? [];
  return [...items]
    .filter(item => item.type === 'notebook')
    .map(item => item.path);
}

/**
 * The view of a run says in its id which run it is of.
 */
export function frontRun({
  currentWidget
}: Pick<JupyterFrontEnd.IShell, 'currentWidget'>): string | null {
  const found = /^jp-mlx-run-view-([0-9A-HJKMNP-TV-Z]{26})$/.exec(
    currentWidget?.id ?? ''
  );
  return found?.[1] ?? null;
}
