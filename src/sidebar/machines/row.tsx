import * as React from 'react';
import { useId, useState } from 'react';

import type { IMachineView } from '../../api/types';
import { Commands } from '../../ui/commands';
import type { IViewContext } from '../../ui/context';
import { useClock } from '../../ui/hooks';
import { StateMark } from '../../ui/stateMark';
import { Checks } from './checks';
import { Facts } from './facts';
import { machineState, origin, summary, title } from './words';

/**
 * A machine of the list; opened, it shows what it has, its test, and what can be done.
 */
export function MachineRow({
  view,
  context,
  isStop,
  onFocus
}: {
  view: IMachineView;
  context: IViewContext;

  /**
   * Whether Tab comes here; arrows reach the others.
   */
  isStop: boolean;
  onFocus: (machine: string) => void;
}): React.JSX.Element {
  const { remote, commands, trans } = context;
  const { machine, status } = view;
  const { name } = machine;
  const test = remote.machines.test(name);
  const [toggled, setToggled] = useState<boolean | null>(null);
  const isOpen = toggled ?? (test !== null && test.isUsable !== true);
  const id = useId();
  useClock(isOpen); // words such as "2 min ago"
  const { mark, word } = machineState(view, test, trans);
  const openRuns = remote.runs.isReady
    ? remote.runs.active.filter(run => run.machine === name).length
    : view.open_runs;
  const about = summary(view, openRuns, trans);
  return (
    <li className="jp-MlxMachine" data-machine={name} data-state={mark}>
      <button
        type="button"
        className="jp-MlxMachine-head"
        aria-expanded={isOpen}
        aria-controls={id}
        tabIndex={isStop ? 0 : -1}
        onFocus={() => {
          onFocus(name);
        }}
        onClick={() => {
          setToggled(!isOpen);
        }}
        onKeyDown={event => {
          if (event.key === 'Delete' && machine.source === 'list') {
            void commands.execute(Commands.removeMachine, { machine: name });
          }
        }}
      >
        <span className="jp-MlxMachine-name">{title(machine, trans)}</span>
        <StateMark state={mark} word={word} />
        {about.length > 0 && (
          <span className="jp-MlxMachine-about">{about.join(' · ')}</span>
        )}
      </button>
      {isOpen && (
        <div id={id} className="jp-MlxMachine-body">
          <div className="jp-MlxMachine-origin">{origin(machine, trans)}</div>
          {status.why !== null && test === null && (
            <div className="jp-MlxMachine-why">{status.why}</div>
          )}
          <Facts facts={status.facts} trans={trans} />
          <Deeds view={view} context={context} />
          {test && (
            <Checks
              machine={machine}
              test={test}
              prompts={remote.prompts}
              isBrief
              trans={trans}
            />
          )}
        </div>
      )}
    </li>
  );
}

function Deeds({
  view: { machine },
  context: { remote, commands, trans }
}: {
  view: IMachineView;
  context: IViewContext;
}): React.JSX.Element {
  const { name } = machine;
  const isRunning = remote.machines.test(name)?.isRunning ?? false;
  const fire = (command: string) => () => {
    void commands.execute(command, { machine: name });
  };
  const isOurs = machine.source === 'list';
  return (
    <div
      className="jp-MlxMachine-deeds"
      role="group"
      aria-label={trans.__('Actions for %1', title(machine, trans))}
    >
      <button
        type="button"
        className="jp-MlxButton"
        onClick={
          isRunning
            ? () => {
                remote.machines.abortTest(name);
              }
            : fire(Commands.testMachine)
        }
      >
        {isRunning ? trans.__('Stop test') : trans.__('Test')}
      </button>
      <button
        type="button"
        className="jp-MlxButton"
        title={trans.__('Free the space nobody needs any more')}
        onClick={fire(Commands.cleanMachine)}
      >
        {trans.__('Clean…')}
      </button>
      <button
        type="button"
        className="jp-MlxButton"
        title={
          machine.source === 'ssh_config'
            ? trans.__('Set a price, folder or Python for it')
            : trans.__('Change its settings')
        }
        onClick={fire(Commands.editMachine)}
      >
        {machine.source === 'ssh_config'
          ? trans.__('Override…')
          : trans.__('Edit…')}
      </button>
      {isOurs && (
        <button
          type="button"
          className="jp-MlxButton"
          onClick={fire(Commands.removeMachine)}
        >
          {trans.__('Remove…')}
        </button>
      )}
      {machine.source === 'ssh_config' && (
        <div className="jp-MlxMachine-note">
          {trans.__('~/.ssh/config is only read; remove it there.')}
        </div>
      )}
    </div>
  );
}
