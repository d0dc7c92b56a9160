import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { DisposableSet } from '@lumino/disposable';

import type { Prompts } from '../models/prompts';
import { IRemote } from '../models/remote';

/**
 * Asks in the page what a connection has to know: host keys, passphrases, passwords.
 */
export const prompts: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlx:prompts',
  description: 'Asks for host keys, passphrases and passwords in the page.',
  autoStart: true,
  requires: [IRemote],
  optional: [ITranslator],
  activate: (
    _app: JupyterFrontEnd,
    remote: IRemote,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_mlx');
    const asking = new DisposableSet();
    const first = (from: Prompts): void => {
      if (from.open.length > 0) {
        from.changed.disconnect(first);
        void import('../sidebar/machines/questions').then(({ Questions }) => {
          asking.add(new Questions(from, trans));
        });
      }
    };
    remote.prompts.changed.connect(first);
  }
};
