import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { live } from './live';
import { machines } from './machines';
import { notebooks } from './notebooks';
import { panel } from './panel';
import { prompts } from './prompts';
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
  live,
  machines,
  prompts,
  panel,
  runView
];
