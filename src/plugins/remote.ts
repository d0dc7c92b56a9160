import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import {
  ITranslator,
  nullTranslator,
  type TranslationBundle
} from '@jupyterlab/translation';

import { VERSION } from '../api/version';
import { ApiError, IRemote, Remote } from '../models/remote';

/**
 * The models all other plugins stand on; says what to do where the server half is missing.
 */
export const remote: JupyterFrontEndPlugin<IRemote> = {
  id: 'jupyter-mlx:remote',
  description: 'Runs, machines and questions of the server half, as models.',
  autoStart: true,
  provides: IRemote,
  optional: [ITranslator],
  activate: (app: JupyterFrontEnd, translator: ITranslator | null): IRemote => {
    const trans = (translator ?? nullTranslator).load('jupyter_mlx');
    const models = new Remote(app.serviceManager.serverSettings);
    warnOfMismatch(models, trans);
    models.connect().catch((reason: unknown) => {
      Notification.error(remedy(reason, trans), { autoClose: false });
    });
    return models;
  }
};

/**
 * Say once where the two halves are of different versions: one was upgraded and the other not loaded again.
 */
function warnOfMismatch(models: Remote, trans: TranslationBundle): void {
  const said = new Set<string>();
  models.stream.item.connect((_, item) => {
    if (item.type === 'hello' && !said.has(item.version)) {
      said.add(item.version);
      const text = mismatch(VERSION, item.version, trans);
      if (text !== null) {
        Notification.warning(text, { autoClose: false });
      }
    }
  });
}

/**
 * What to do about two halves of different versions; null where they are the same.
 */
export function mismatch(
  page: string,
  server: string,
  trans: TranslationBundle
): string | null {
  const number = (version: string): string =>
    /^\d+(\.\d+)*/.exec(version)?.[0] ?? version;
  return number(page) === number(server)
    ? null
    : trans.__(
        'jupyter_mlx is %1 in this page and %2 in the server: reload the page; if that does not help, restart the server.',
        page,
        server
      );
}

/**
 * The text that tells the user how to get a missing server half.
 *
 * A notification shows 140 characters, so the remedy comes before the cause.
 */
export function remedy(reason: unknown, trans: TranslationBundle): string {
  if (reason instanceof ApiError && reason.status === 404) {
    return trans.__(
      'jupyter_mlx is off in the server. Run "jupyter server extension enable jupyter_mlx" and restart it.'
    );
  }
  const what = reason instanceof Error ? reason.message : String(reason);
  return trans.__(
    'jupyter_mlx does not answer. Look at the log of the Jupyter server (%1).',
    what
  );
}
