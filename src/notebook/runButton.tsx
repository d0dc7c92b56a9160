import { ReactWidget } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  caretDownEmptyIcon,
  MenuSvg,
  ToolbarButtonComponent
} from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import type { IRemote } from '../models/remote';
import type { Starts } from '../models/starts';
import { METADATA_KEY, type Targets } from '../models/target';
import { Commands } from '../ui/commands';
import { useSignal } from '../ui/hooks';
import { runRemoteIcon, stateIcons } from '../ui/icons';

/**
 * What the button needs beside its notebook.
 */
export interface IRunButtonContext {
  commands: CommandRegistry;
  remote: IRemote;
  targets: Targets;
  starts: Starts;
  trans: TranslationBundle;
}

const MOST_MACHINES = 8; // in the menu; the dialog has all

/**
 * Run this notebook remotely, and ▾ what else can be done instead.
 */
export class RunButton extends ReactWidget {
  constructor(
    private _panel: NotebookPanel,
    private _context: IRunButtonContext
  ) {
    super();
    this.addClass('jp-MlxRunButton');
  }

  render(): React.JSX.Element {
    return <Buttons panel={this._panel} context={this._context} />;
  }
}

function Buttons({
  panel,
  context
}: {
  panel: NotebookPanel;
  context: IRunButtonContext;
}): React.JSX.Element {
  const { commands, remote, starts, targets, trans } = context;
  useSignal(starts.changed);
  useSignal(remote.troubleChanged);
  useSignal(targets.changed);
  useSignal(panel.context.model.metadataChanged);
  const menu = React.useRef<HTMLSpanElement>(null);
  const [isOpen, setOpen] = React.useState(false);
  const { path } = panel.context;
  const isSending = starts.pendingOf(path) !== null;
  const problem = remote.trouble;
  return (
    <>
      <ToolbarButtonComponent
        className="jp-MlxRunButton-main"
        icon={isSending ? stateIcons['sending'] : runRemoteIcon}
        label={isSending ? trans.__('Sending…') : trans.__('Run remotely')}
        tooltip={problem ? unable(trans) : tooltip(panel, context)}
        enabled={!problem && !isSending}
        onClick={() => {
          void commands.execute(Commands.runNotebook, { path });
        }}
      />
      <span ref={menu} className="jp-MlxRunButton-menu">
        <ToolbarButtonComponent
          icon={caretDownEmptyIcon}
          tooltip={trans.__('More ways to run remotely')}
          aria-haspopup="menu"
          aria-expanded={isOpen}
          onClick={() => {
            setOpen(true);
            open(menu.current, panel, context, () => {
              setOpen(false);
            });
          }}
        />
      </span>
    </>
  );
}

function unable(trans: TranslationBundle): string {
  return trans.__(
    'Cannot run remotely: the server half of jupyter_mlx is off or does not answer'
  );
}

function tooltip(
  panel: NotebookPanel,
  { targets, trans, commands }: IRunButtonContext
): string {
  const { path, model } = panel.context;
  const { machine } = targets.of(path, model.getMetadata(METADATA_KEY));
  const [binding] = commands.keyBindings.filter(
    one => one.command === Commands.runNotebook
  );
  const keys = binding
    ? ` (${binding.keys.map(key => key.split(' ').join('+')).join(' ')})`
    : '';
  return machine === null
    ? trans.__('Run this notebook on another computer%1', keys)
    : machine === 'local'
      ? trans.__('Run this notebook detached, on this computer%1', keys)
      : trans.__('Run this notebook on %1%2', machine, keys);
}

function open(
  anchor: HTMLElement | null,
  panel: NotebookPanel,
  { commands, remote }: IRunButtonContext,
  closed: () => void
): void {
  const { path } = panel.context;
  const menu = new MenuSvg({ commands });
  const from = panel.content.activeCellIndex;
  menu.addItem({ command: Commands.runNotebook, args: { path } });
  menu.addItem({ command: Commands.runNotebook, args: { path, from } });
  menu.addItem({ type: 'separator' });
  for (const { machine } of remote.machines.all.slice(0, MOST_MACHINES)) {
    const args = { path, machine: machine.name };
    menu.addItem({ command: Commands.runNotebook, args });
  }
  menu.addItem({ command: Commands.runOn, args: { path } });
  menu.addItem({ type: 'separator' });
  menu.addItem({ command: Commands.preflight, args: { path } });
  menu.addItem({ command: Commands.stopRun, args: { path } });
  menu.addItem({ type: 'separator' });
  menu.addItem({ command: Commands.showPanel });
  menu.aboutToClose.connect(() => {
    closed();
    anchor?.querySelector<HTMLElement>('jp-button, button')?.focus();
    // The command that was picked still needs the menu.
    requestAnimationFrame(() => {
      menu.dispose();
    });
  });
  const { left, bottom } = (anchor ?? document.body).getBoundingClientRect();
  menu.open(left, bottom);
}
