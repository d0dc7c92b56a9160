import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { IOpenNotebooks } from '../models/document';
import { IPreferences } from '../models/preferences';
import { IRemote } from '../models/remote';
import { IStarts } from '../models/starts';

/**
 * Few notifications: one a run, updated as it goes, in sight only where it matters.
 */
export const notifications: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlx:notifications',
  description: 'Says when a run fails, or a long one is over.',
  autoStart: true,
  requires: [IRemote, IPreferences, IStarts, IOpenNotebooks],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    remote: IRemote,
    preferences: IPreferences,
    starts: IStarts,
    notebooks: IOpenNotebooks,
    translator: ITranslator | null
  ): void => {
    // There is nothing to say before the lab stands, so it need not wait for this.
    void app.restored.then(async () => {
      const { RunNotices } = await import('../commands/notices');
      new RunNotices({
        remote,
        preferences,
        starts,
        notebooks,
        commands: app.commands,
        trans: (translator ?? nullTranslator).load('jupyter_mlx')
      });
    });
  }
};
