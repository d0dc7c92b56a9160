import {
  addIcon,
  ReactWidget,
  refreshIcon,
  settingsIcon
} from '@jupyterlab/ui-components';
import type { Widget } from '@lumino/widgets';
import * as React from 'react';

import { Commands } from '../ui/commands';
import type { IViewContext } from '../ui/context';
import { fire } from '../ui/fire';
import { IconButton } from '../ui/iconButton';

/**
 * The panel's name and its few buttons.
 */
export function makeHead(context: IViewContext): Widget {
  const { trans } = context;
  const head = ReactWidget.create(
    <>
      <h2 className="jp-MlxHead-name">{trans.__('Remote runs')}</h2>
      <IconButton
        icon={refreshIcon}
        label={trans.__('Read everything again')}
        onPress={() => void fire(context, Commands.refresh)}
      />
      <IconButton
        icon={addIcon}
        label={trans.__('Add a machine')}
        onPress={() => void fire(context, Commands.addMachine)}
      />
      <IconButton
        icon={settingsIcon}
        label={trans.__('Settings')}
        onPress={() =>
          void fire(context, 'settingeditor:open', { query: 'jupyter_mlx' })
        }
      />
    </>
  );
  head.addClass('jp-MlxHead');
  return head;
}
