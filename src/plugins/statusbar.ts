import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';

import { IPreferences } from '../models/preferences';
import { IRemote } from '../models/remote';
import { IStarts } from '../models/starts';
import { Commands } from '../ui/commands';
import { StatusItem } from '../sidebar/statusItem';

/**
 * Open runs in one line of the status bar; nothing while there are none.
 */
export const statusbar: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlx:statusbar',
  description: 'How many remote runs there are, in the status bar.',
  autoStart: true,
  requires: [IRemote, IStatusBar, IPreferences, IStarts],
  optional: [ITranslator],
  activate: (
    app: JupyterFrontEnd,
    remote: IRemote,
    bar: IStatusBar,
    preferences: IPreferences,
    starts: IStarts,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_mlx');
    const item = new StatusItem({
      remote,
      starts,
      preferences,
      trans,
      show: () => {
        void app.commands.execute(Commands.showPanel);
      }
    });
    const activity = new Signal<JupyterFrontEndPlugin<void>, void>(statusbar);
    const tell = (): void => {
      activity.emit();
    };
    remote.runs.changed.connect(tell);
    preferences.changed.connect(tell);
    starts.changed.connect(tell);
    bar.registerStatusItem(statusbar.id, {
      item,
      align: 'left',
      rank: 10,
      isActive: () =>
        preferences.get('showStatusItem') &&
        (remote.runs.active.length > 0 || starts.pending.length > 0),
      activeStateChanged: activity
    });
  }
};
