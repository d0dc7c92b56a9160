import { Clipboard, Notification } from '@jupyterlab/apputils';
import { PageConfig, URLExt } from '@jupyterlab/coreutils';
import { linkIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';

import { Commands } from '../ui/commands';
import { remoteRunsIcon } from '../ui/icons';
import { described } from './args';
import type { ICommandContext } from './context';
import { runId } from './known';

/**
 * The argument of an address that names a run to open.
 */
export const LINK = 'mlx-run';

/**
 * Commands that lead to a run or to the panel.
 */
export function addPlaceCommands(
  commands: CommandRegistry,
  context: ICommandContext
): void {
  const { trans } = context;
  commands.addCommand(Commands.copyLink, {
    label: trans.__('Copy Link to Run'),
    caption: trans.__('An address that opens the run in this Jupyter'),
    icon: linkIcon,
    isEnabled: args => runId(context, args) !== null,
    describedBy: described({
      run: {
        type: 'string',
        description: 'The id of the run; the one in front if left out'
      }
    }),
    execute: args => {
      const id = runId(context, args);
      if (id === null) {
        return null;
      }
      const link = linkTo(id);
      Clipboard.copyToSystem(link);
      Notification.success(trans.__('Link copied'), { autoClose: 2000 });
      return link;
    }
  });
  commands.addCommand(Commands.launch, {
    label: trans.__('Remote Runs'),
    caption: trans.__('Run notebooks on other machines, and see how they do'),
    icon: remoteRunsIcon,
    describedBy: described({}),
    // A launcher gives way to the widget its card returns; the panel is beside it, so nothing is returned.
    execute: async () => {
      await commands.execute(Commands.showPanel);
    }
  });
}

/**
 * The address that opens a run; below a hub it is that of the hub, which finds the server again.
 */
export function linkTo(id: string): string {
  const page = PageConfig.getUrl({
    workspace: PageConfig.defaultWorkspace,
    treePath: '',
    toShare: true
  });
  return page + URLExt.objectToQueryString({ [LINK]: id });
}
