import type { CommandRegistry } from '@lumino/commands';

import { Commands } from '../ui/commands';
import type { IViewContext } from '../ui/context';
import { remoteRunsIcon } from '../ui/icons';

/**
 * What `open-run` is asked for, judged.
 */
export interface IOpenRunArgs {
  run: string;
  cell: number | null;
  tab: string | null;
}

const describedBy = {
  args: {
    type: 'object',
    properties: {
      run: {
        type: 'string',
        description: 'The id of the run; the latest of the notebook in front'
      },
      cell: {
        type: 'integer',
        description: 'The index of a cell of the notebook that ran'
      },
      tab: {
        type: 'string',
        enum: ['overview', 'metrics', 'log', 'notebook', 'files']
      }
    }
  }
};

/**
 * The command that opens the view of a run.
 */
export function addOpenRunCommands(
  { notebooks, remote, trans }: IViewContext,
  commands: CommandRegistry,
  open: (args: IOpenRunArgs) => Promise<unknown>
): void {
  const latest = (): string | null => {
    const path = notebooks.current?.path;
    const run =
      path &&
      remote.runs.all.find(({ project, notebook }) =>
        `${project}/${notebook}`.endsWith(`/${path}`)
      );
    return run ? run.id : null;
  };
  commands.addCommand(Commands.openRun, {
    label: args =>
      args['run'] ? trans.__('Open Run') : trans.__('Open the Latest Run'),
    caption: trans.__('Show metrics, log, notebook and files of a remote run'),
    icon: args => (args['isPalette'] ? undefined : remoteRunsIcon),
    isEnabled: args => typeof args['run'] === 'string' || latest() !== null,
    describedBy,
    execute: async args => {
      const run = typeof args['run'] === 'string' ? args['run'] : latest();
      const { cell, tab } = args;
      return run === null
        ? null
        : open({
            run,
            cell: typeof cell === 'number' ? cell : null,
            tab: typeof tab === 'string' ? tab : null
          });
    }
  });
}
