import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { commands } from './commands';
import { launcher } from './launcher';
import { links } from './links';
import { live } from './live';
import { machines } from './machines';
import { notebooks } from './notebooks';
import { notifications } from './notifications';
import { panel } from './panel';
import { prompts } from './prompts';
import { propertyInspector } from './propertyInspector';
import { remote } from './remote';
import { runView } from './runView';
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
  live,
  machines,
  prompts,
  panel,
  runView,
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
