import { caretDownIcon } from '@jupyterlab/ui-components';
import { CommandRegistry } from '@lumino/commands';
import * as React from 'react';
import { useState } from 'react';

import type { IOpenNotebook } from '../../models/document';
import { Commands } from '../../ui/commands';
import type { IViewContext } from '../../ui/context';
import { fire } from '../../ui/fire';
import { IconButton } from '../../ui/iconButton';
import { runRemoteIcon } from '../../ui/icons';
import { openMenu } from '../../ui/menu';

/**
 * Run the notebook, and at its side other ways to.
 */
export function RunButton({
  context,
  notebook,
  machine
}: {
  context: IViewContext;
  notebook: IOpenNotebook;
  machine: string;
}): React.JSX.Element {
  const { trans } = context;
  const { path } = notebook;
  const [isStarting, setStarting] = useState(false);
  const run = async (id: string, args: object = {}): Promise<void> => {
    setStarting(true);
    await fire(context, id, { path, ...args });
    setStarting(false);
  };
  const more = (button: HTMLElement): void => {
    openMenu(
      [
        {
          label: trans.__('Run on another machine…'),
          run: () => void run(Commands.runOn)
        },
        {
          label: trans.__('Run from the active cell on'),
          run: () =>
            void run(Commands.runNotebook, { from: notebook.activeCell })
        },
        null,
        {
          label: trans.__('Dry run: show what would travel'),
          run: () => void fire(context, Commands.preflight, { path })
        }
      ],
      button
    );
  };
  const keys = shortcut(context.commands);
  return (
    <div className="jp-MlxStart">
      <button
        type="button"
        className="jp-MlxStart-main"
        title={keys}
        disabled={isStarting}
        onClick={() => void run(Commands.runNotebook)}
      >
        <runRemoteIcon.react tag="span" />
        <span className="jp-MlxStart-label">
          {isStarting ? trans.__('Starting…') : trans.__('Run on %1', machine)}
        </span>
        {keys && <kbd className="jp-MlxStart-keys">{keys}</kbd>}
      </button>
      <IconButton
        icon={caretDownIcon}
        label={trans.__('Other ways to run it')}
        isMenu
        isDisabled={isStarting}
        onPress={more}
      />
    </div>
  );
}

function shortcut(commands: CommandRegistry): string {
  const bound = commands.keyBindings.find(
    one => one.command === Commands.runNotebook
  );
  return bound ? CommandRegistry.formatKeystroke([...bound.keys]) : '';
}
