import {
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin,
  IRouter
} from '@jupyterlab/application';

import { described, text } from '../commands/args';
import { LINK } from '../commands/places';
import { Commands } from '../ui/commands';

/**
 * An address with `?mlx-run=ID` opens that run.
 */
export const links: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlx:links',
  description: 'Addresses that open a run.',
  autoStart: true,
  requires: [IRouter],
  activate: (app: JupyterFrontEnd, router: IRouter): void => {
    const { commands } = app;
    commands.addCommand(Commands.followLink, {
      describedBy: described({
        search: { type: 'string', description: 'The query of the address' }
      }),
      execute: args => {
        const run = linked(text(args, 'search') ?? '');
        if (run === null) {
          return;
        }
        // Not waited for: the page goes on with what else the address names before it is restored.
        void app.restored.then(() => {
          forget();
          if (commands.hasCommand(Commands.openRun)) {
            void commands.execute(Commands.openRun, { run });
          }
        });
      }
    });
    router.register({
      command: Commands.followLink,
      pattern: new RegExp(`[?&]${LINK}=[^&#]+`),
      rank: 20 // before the page itself goes on to what else the address names
    });
  }
};

/**
 * The run that the query of an address names; null where it is none.
 */
export function linked(search: string): string | null {
  const id = new URLSearchParams(search).get(LINK)?.toUpperCase() ?? '';
  return /^[0-9A-HJKMNP-TV-Z]{26}$/.test(id) ? id : null;
}

/**
 * Take the run out of the address, so that a reload brings back what was open then, not the run again.
 */
function forget(): void {
  const address = new URL(window.location.href);
  address.searchParams.delete(LINK);
  window.history.replaceState({}, '', address);
}
