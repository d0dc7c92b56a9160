import {
  addIcon,
  refreshIcon,
  settingsIcon,
  Toolbar,
  ToolbarButton
} from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';

import { Commands } from '../ui/commands';
import type { IViewContext } from '../ui/context';
import { fire } from '../ui/fire';

/**
 * Put the panel's name and its few buttons into its toolbar.
 */
export function fillToolbar(toolbar: Toolbar, context: IViewContext): void {
  const { trans } = context;
  toolbar.addClass('jp-MlxPanel-toolbar');
  const name = new Widget({ node: document.createElement('h2') });
  name.addClass('jp-MlxPanel-name');
  name.node.textContent = trans.__('Remote runs');
  toolbar.addItem('name', name);
  toolbar.addItem('spacer', Toolbar.createSpacerItem());
  const button = (
    id: string,
    icon: typeof addIcon,
    tooltip: string,
    press: () => void
  ): void => {
    toolbar.addItem(id, new ToolbarButton({ icon, tooltip, onClick: press }));
  };
  button('refresh', refreshIcon, trans.__('Read everything again'), () => {
    void fire(context, Commands.refresh);
  });
  button('add', addIcon, trans.__('Add a machine'), () => {
    void fire(context, Commands.addMachine);
  });
  button('settings', settingsIcon, trans.__('Settings'), () => {
    void fire(context, 'settingeditor:open', { query: 'jupyter_mlx' });
  });
}
