import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import type { IRemote } from '../models/remote';
import { Commands } from '../ui/commands';
import { remoteRunsIcon } from '../ui/icons';

const NO_ARGUMENTS = {
  args: { type: 'object', properties: {}, additionalProperties: false }
} as const;

/**
 * The commands that show the panel and read anew what it shows.
 */
export function addPanelCommands(
  commands: CommandRegistry,
  {
    remote,
    trans,
    show
  }: { remote: IRemote; trans: TranslationBundle; show: () => void }
): void {
  commands.addCommand(Commands.showPanel, {
    label: trans.__('Show Remote Runs'),
    caption: trans.__('Show the panel of runs on other machines'),
    icon: remoteRunsIcon,
    describedBy: NO_ARGUMENTS,
    execute: show
  });
  commands.addCommand(Commands.refresh, {
    label: trans.__('Refresh Remote Runs'),
    caption: trans.__('Read runs and machines again; they come by themselves'),
    describedBy: NO_ARGUMENTS,
    execute: async () => {
      if (remote.trouble) {
        await remote.connect();
      }
      await Promise.all([remote.runs.refresh(), remote.machines.refresh()]);
    }
  });
}
