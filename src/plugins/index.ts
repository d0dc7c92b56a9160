import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { notebooks } from './notebooks';
import { remote } from './remote';
import { runView } from './runView';
import { targets } from './targets';

/**
 * One plugin per feature, so that each can be disabled.
 */
export const plugins: JupyterFrontEndPlugin<unknown>[] = [
  remote,
  targets,
  notebooks,
  runView
];
