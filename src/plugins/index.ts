import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { commands } from './commands';
import { launcher } from './launcher';
import { links } from './links';
import { notebooks } from './notebooks';
import { notifications } from './notifications';
import { propertyInspector } from './propertyInspector';
import { remote } from './remote';
import { running } from './running';
import { settings } from './settings';
import { starts } from './starts';
import { statusbar } from './statusbar';
import { targets } from './targets';
import { toolbar } from './toolbar';

/**
 * One plugin per feature, so that each can be disabled.
 */
export const plugins: JupyterFrontEndPlugin<unknown>[] = [
  remote,
  targets,
  notebooks,
  settings,
  starts,
  commands,
  toolbar,
  notifications,
  running,
  statusbar,
  launcher,
  links,
  propertyInspector
];
