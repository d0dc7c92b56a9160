import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { IStarts, Starts } from '../models/starts';

/**
 * The runs this tab asked for.
 */
export const starts: JupyterFrontEndPlugin<IStarts> = {
  id: 'jupyter-mlx:starts',
  description: 'The runs this tab asked for, and which notebook a run is of.',
  autoStart: true,
  provides: IStarts,
  activate: (): IStarts => new Starts()
};
