import { ReactWidget, caretDownIcon } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';
import * as React from 'react';

import type { IRunSummary } from '../api/types';
import type { FillMode, IFills } from '../models/fills';
import type { IRemote } from '../models/remote';
import { elapsed, isFinal, isStopping } from '../models/states';
import { Commands } from '../ui/commands';
import { useClock, useSignal } from '../ui/hooks';
import { StateMark } from '../ui/stateMark';
import { stateWord } from '../ui/states';
import { ticking } from './clock';

/**
 * What the chip reads and fires.
 */
export interface IChipOptions {
  /**
   * The path of the notebook it belongs to, now.
   */
  path(): string;
  fills: IFills;
  remote: IRemote;
  commands: CommandRegistry;
  trans: TranslationBundle;
}

/**
 * The run of a notebook in its toolbar: number, cells, time; opens a menu. Empty where the notebook has no run.
 */
export class RunChip extends ReactWidget {
  constructor(options: IChipOptions) {
    super();
    this._options = options;
    this.addClass('jp-MlxChip');
  }

  protected override render(): React.JSX.Element {
    return <Chip {...this._options} />;
  }

  private _options: IChipOptions;
}

function Chip(options: IChipOptions): React.JSX.Element | null {
  const { path, fills, remote, trans } = options;
  useSignal(fills.changed);
  useSignal(remote.runs.changed);
  const run = fills.runOf(path());
  const isActive = run !== null && !isFinal(run.state);
  const now = useClock(isActive);
  if (!run) {
    return null;
  }
  const mode = fills.of(path())?.mode ?? null;
  const time = elapsed(run, now);
  const word = isStopping(run)
    ? trans.__('stopping')
    : stateWord(run.state, trans);
  return (
    <button
      type="button"
      className="jp-MlxChip-button"
      aria-haspopup="menu"
      title={title(run, mode, word, trans)}
      onClick={({ currentTarget }) => {
        openMenu(run, mode, currentTarget, options);
      }}
    >
      <StateMark state={run.state} word={word} isWordHidden />
      <span className="jp-MlxChip-number">#{run.number}</span>
      {isActive && run.cells > 0 && (
        <span>
          {run.cells_done}/{run.cells}
        </span>
      )}
      {time !== null && (
        <span className="jp-MlxChip-time">{ticking(time)}</span>
      )}
      {mode === 'elsewhere' && <span>{trans.__('in another window')}</span>}
      <caretDownIcon.react tag="span" className="jp-MlxChip-caret" />
    </button>
  );
}

function title(
  run: IRunSummary,
  mode: FillMode | null,
  word: string,
  trans: TranslationBundle
): string {
  const what = trans.__('Run #%1 on %2: %3', run.number, run.machine, word);
  return mode === 'filling' && !isFinal(run.state)
    ? `${what}\n${trans.__('Its outputs come into this notebook, which is saved as any other.')}`
    : what;
}

function openMenu(
  run: IRunSummary,
  mode: FillMode | null,
  button: HTMLElement,
  { path, fills, commands }: IChipOptions
): void {
  const menu = new Menu({ commands });
  const here = { path: path() };
  const add = (
    command: string,
    args: { path?: string; run?: string }
  ): void => {
    if (commands.hasCommand(command)) {
      menu.addItem({ command, args });
    }
  };
  add(Commands.openRun, { run: run.id });
  if (!isFinal(run.state)) {
    add(Commands.stopRun, { run: run.id });
  }
  menu.addItem({ type: 'separator' });
  if (mode === 'elsewhere') {
    add(Commands.takeFilling, here);
  }
  if (mode === null || mode === 'kept') {
    add(Commands.watchRun, { ...here, run: run.id });
  } else {
    add(Commands.unwatchRun, here);
  }
  if (fills.of(path())?.canRestore) {
    add(Commands.restoreOutputs, here);
  }
  if (fills.of(path())?.hasMarks) {
    add(Commands.clearMarks, here);
  }
  const { left, bottom } = button.getBoundingClientRect();
  menu.aboutToClose.connect(() => {
    button.focus();
    window.setTimeout(() => {
      menu.dispose(); // after what was chosen is done
    });
  });
  menu.open(left, bottom);
}
