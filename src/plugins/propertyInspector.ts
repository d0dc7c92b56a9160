import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IFormRendererRegistry } from '@jupyterlab/ui-components';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { IRemote } from '../models/remote';
import { machineField } from '../sidebar/machineField';

/**
 * Offers the known machines where one is to be typed: in the settings, and in the form of a notebook's own target.
 *
 * The form itself is part of schema/plugin.json.
 */
export const propertyInspector: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlx:property-inspector',
  description: 'Names of machines in the settings and the property inspector.',
  autoStart: true,
  requires: [IRemote, IFormRendererRegistry],
  optional: [ITranslator],
  activate: (
    _app: JupyterFrontEnd,
    remote: IRemote,
    renderers: IFormRendererRegistry,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('jupyter_mlx');
    renderers.addRenderer('jupyter-mlx:plugin.defaultMachine', {
      fieldRenderer: machineField(remote.machines, trans)
    });
  }
};
