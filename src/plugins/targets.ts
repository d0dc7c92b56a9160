import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IStateDB } from '@jupyterlab/statedb';

import { ITargets, Targets } from '../models/target';

/**
 * Where and with what each notebook would run.
 */
export const targets: JupyterFrontEndPlugin<ITargets> = {
  id: 'jupyter-mlx:targets',
  description: 'Remembers where and with what each notebook runs.',
  autoStart: true,
  provides: ITargets,
  optional: [IStateDB],
  activate: (_app: JupyterFrontEnd, state: IStateDB | null): ITargets =>
    new Targets(state)
};
