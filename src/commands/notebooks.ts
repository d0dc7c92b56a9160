import type { JupyterFrontEnd } from '@jupyterlab/application';
import { type ICommandPalette, Notification } from '@jupyterlab/apputils';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type {
  ReadonlyJSONObject,
  ReadonlyPartialJSONObject
} from '@lumino/coreutils';

import type { IRemote } from '../models/remote';
import type { Fills } from '../notebook/fills';
import { CATEGORY, Commands } from '../ui/commands';

/**
 * What the commands of open notebooks act on.
 */
export interface INotebookCommandsOptions {
  app: JupyterFrontEnd;
  tracker: INotebookTracker;
  fills: Fills;
  remote: IRemote;
  trans: TranslationBundle;
  palette: ICommandPalette | null;
}

interface IArguments {
  path?: string;
  run?: string;
  cell?: number;
}

const PATH = {
  type: 'string',
  description: 'The notebook; the one in front where it is left out'
};
const RUN = { type: 'string', description: 'The id of a run' };

/**
 * Commands for an open notebook that shows a run.
 */
export function addNotebookCommands(options: INotebookCommandsOptions): void {
  addWatching(options);
  addOutputs(options);
  addOpening(options);
  const { palette } = options;
  for (const command of [
    Commands.watchRun,
    Commands.unwatchRun,
    Commands.takeFilling,
    Commands.restoreOutputs,
    Commands.clearMarks
  ]) {
    palette?.addItem({ command, category: CATEGORY });
  }
}

function addWatching(options: INotebookCommandsOptions): void {
  const { app, fills, trans } = options;
  const { commands } = app;
  const at = (args: ReadonlyPartialJSONObject): string =>
    pathOf(options, read(args));
  commands.addCommand(Commands.watchRun, {
    label: trans.__('Fill in Outputs of the Run'),
    caption: trans.__('Show what the run puts out in the open notebook'),
    describedBy: described({ path: PATH, run: RUN }),
    isEnabled: args =>
      read(args).run !== undefined || fills.runOf(at(args)) !== null,
    execute: args => {
      fills.watch(at(args), read(args).run);
    }
  });
  commands.addCommand(Commands.unwatchRun, {
    label: trans.__('Stop Filling in Outputs'),
    caption: trans.__(
      'Leave the notebook as it is; the run goes on and keeps its outputs'
    ),
    describedBy: described({ path: PATH }),
    isEnabled: args => fills.of(at(args)) !== null,
    execute: args => {
      fills.unwatch(at(args));
    }
  });
  commands.addCommand(Commands.takeFilling, {
    label: trans.__('Fill in Outputs in This Window'),
    caption: trans.__(
      'Another window fills this notebook; from now on this one does'
    ),
    describedBy: described({ path: PATH }),
    isEnabled: args => fills.of(at(args))?.mode === 'elsewhere',
    execute: args => {
      fills.takeOver(at(args));
    }
  });
}

function addOutputs(options: INotebookCommandsOptions): void {
  const { app, fills, trans } = options;
  const { commands } = app;
  const at = (args: ReadonlyPartialJSONObject): string =>
    pathOf(options, read(args));
  commands.addCommand(Commands.restoreOutputs, {
    label: trans.__('Restore the Outputs I Had Before'),
    caption: trans.__(
      'Put back the outputs the notebook had before the run filled it'
    ),
    describedBy: described({ path: PATH }),
    isEnabled: args => fills.of(at(args))?.canRestore === true,
    execute: args => {
      const count = fills.restore(at(args));
      Notification.info(
        trans._n(
          'One cell has its earlier output again.',
          '%1 cells have their earlier outputs again.',
          count
        ),
        { autoClose: 4000 }
      );
    }
  });
  commands.addCommand(Commands.clearMarks, {
    label: trans.__('Clear Marks of Remote Runs'),
    caption: trans.__(
      'Take the bars and times of the run off the cells; outputs stay'
    ),
    describedBy: described({ path: PATH }),
    isEnabled: args => fills.of(at(args))?.hasMarks === true,
    execute: args => {
      fills.clearMarks(at(args));
    }
  });
}

function addOpening(options: INotebookCommandsOptions): void {
  const { app, fills, remote, trans } = options;
  app.commands.addCommand(Commands.openNotebook, {
    label: trans.__('Open the Notebook of the Run'),
    caption: trans.__('Open the notebook that ran, at one of its cells'),
    describedBy: described({
      run: RUN,
      cell: { type: 'number', description: "The cell's index in the run" }
    }),
    isEnabled: args =>
      typeof remote.runs.get(read(args).run ?? '')?.path === 'string',
    execute: async args => {
      const { openNotebook } = await import('./notebookViews');
      await openNotebook(options, read(args));
    }
  });
  app.commands.addCommand(Commands.showDifference, {
    label: trans.__('Show How the Cell Differs from the Run'),
    caption: trans.__(
      'Compare the source, and show the output that the run has'
    ),
    describedBy: described({
      path: PATH,
      cell: { type: 'number', description: "The cell's index in the notebook" }
    }),
    isEnabled: args => fills.of(pathOf(options, read(args))) !== null,
    execute: async args => {
      const { showDifference } = await import('./notebookViews');
      const { cell } = read(args);
      await showDifference(options, pathOf(options, read(args)), cell);
    }
  });
}

function pathOf(
  { tracker }: INotebookCommandsOptions,
  { path }: IArguments
): string {
  return path ?? tracker.currentWidget?.context.path ?? '';
}

function described(properties: ReadonlyJSONObject): {
  args: ReadonlyJSONObject;
} {
  return { args: { type: 'object', properties } };
}

function read(args: ReadonlyPartialJSONObject): IArguments {
  const { path, run, cell } = args;
  return {
    ...(typeof path === 'string' ? { path } : {}),
    ...(typeof run === 'string' ? { run } : {}),
    ...(typeof cell === 'number' ? { cell } : {})
  };
}
