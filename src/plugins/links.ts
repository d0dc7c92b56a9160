import {
  ILabShell,
  IRouter,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';

import { DocumentWidget } from '@jupyterlab/docregistry';

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
  optional: [IRouter, ILabShell],
  activate: (
    app: JupyterFrontEnd,
    router: IRouter | null,
    shell: ILabShell | null
  ): void => {
    const { commands } = app;
    commands.addCommand(Commands.followLink, {
      describedBy: described({
        path: { type: 'string', description: 'The path of the address' },
        search: { type: 'string', description: 'The query of the address' }
      }),
      execute: args => {
        const run = linked(text(args, 'search') ?? '');
        const open = (): void => {
          if (run !== null && commands.hasCommand(Commands.openRun)) {
            void commands.execute(Commands.openRun, { run });
          }
        };
        // Not waited for: the page goes on with what else the address names before it is restored.
        void app.restored.then(() => {
          forget();
          open();
          if (shell && /\/tree\//.test(text(args, 'path') ?? '')) {
            afterNextDocument(shell, open);
          }
        });
      }
    });
    router?.register({
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
 * The document that the address names too opens later, and would hide the run; unless the user was quicker.
 */
function afterNextDocument(shell: ILabShell, open: () => void): void {
  const stop = (): void => {
    shell.currentChanged.disconnect(slot);
    document.removeEventListener('pointerdown', stop);
    document.removeEventListener('keydown', stop);
  };
  const slot = (_: ILabShell, { newValue }: ILabShell.IChangedArgs): void => {
    if (newValue instanceof DocumentWidget) {
      stop();
      open();
    }
  };
  shell.currentChanged.connect(slot);
  document.addEventListener('pointerdown', stop);
  document.addEventListener('keydown', stop);
}

/**
 * Take the run out of the address, so that a reload brings back what was open then, not the run again.
 */
function forget(): void {
  const address = new URL(window.location.href);
  address.searchParams.delete(LINK);
  window.history.replaceState({}, '', address);
}
