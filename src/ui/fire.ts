import { Notification } from '@jupyterlab/apputils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { IViewContext } from './context';

/**
 * Execute a command for a view; what goes wrong is told, and nothing is thrown.
 */
export async function fire(
  { commands, trans }: Pick<IViewContext, 'commands' | 'trans'>,
  id: string,
  args: ReadonlyPartialJSONObject = {}
): Promise<void> {
  try {
    await commands.execute(id, args);
  } catch (reason) {
    const what = reason instanceof Error ? reason.message : String(reason);
    Notification.error(what || trans.__('That did not work.'), {
      autoClose: 8000
    });
  }
}
