import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ISettingRegistry } from '@jupyterlab/settingregistry';

import { IPreferences, Preferences } from '../models/preferences';
import { ITargets } from '../models/target';

const ID = 'jupyter-mlx:plugin';

/**
 * The settings. Its schema also says where toolbar items, menu entries and the shortcut stand.
 */
export const settings: JupyterFrontEndPlugin<IPreferences> = {
  id: ID,
  description: 'The settings of remote runs, their menus and their shortcut.',
  autoStart: true,
  provides: IPreferences,
  optional: [ISettingRegistry, ITargets],
  activate: (
    _app: JupyterFrontEnd,
    registry: ISettingRegistry | null,
    targets: ITargets | null
  ): IPreferences => {
    const preferences = new Preferences();
    if (targets) {
      preferences.changed.connect(() => {
        targets.defaultMachine = preferences.get('defaultMachine') || null;
      });
    }
    registry?.load(ID).then(
      found => {
        preferences.use(found);
      },
      (reason: unknown) => {
        console.error('jupyter-mlx: the settings could not be read.', reason);
      }
    );
    return preferences;
  }
};
