import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';

import { IOpenNotebooks } from '../models/document';
import { OpenNotebooks } from '../notebook/open';

/**
 * The open notebooks as the panel and the commands see them.
 */
export const notebooks: JupyterFrontEndPlugin<IOpenNotebooks> = {
  id: 'jupyter-mlx:notebooks',
  description: 'The open notebooks, for the panel and the commands.',
  autoStart: true,
  provides: IOpenNotebooks,
  requires: [INotebookTracker],
  activate: (
    _app: JupyterFrontEnd,
    tracker: INotebookTracker
  ): IOpenNotebooks => new OpenNotebooks(tracker)
};
