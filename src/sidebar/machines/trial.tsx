import * as React from 'react';
import { useEffect, useRef } from 'react';

import type { IMachineView } from '../../api/types';
import { Commands } from '../../ui/commands';
import type { IViewContext } from '../../ui/context';
import { Checks, verdict } from './checks';
import { title } from './words';

/**
 * A machine that was picked, while it is tested and where it failed.
 */
export function Trial({
  context,
  view: { machine },
  onAgain,
  onBack
}: {
  context: IViewContext;
  view: IMachineView;
  onAgain: () => void;
  onBack: () => void;
}): React.JSX.Element | null {
  const { remote, commands, trans } = context;
  const test = remote.machines.test(machine.name);
  const heading = useRef<HTMLHeadingElement>(null);
  const isRunning = test?.isRunning ?? true;
  useEffect(() => {
    heading.current?.focus();
  }, [isRunning]);
  if (!test) {
    return null;
  }
  const { name } = machine;
  return (
    <div
      className="jp-MlxTrial"
      data-lm-suppress-shortcuts="true" // Escape goes back here, not to the main area
      onKeyDown={event => {
        if (event.key === 'Escape') {
          event.stopPropagation();
          onBack();
        }
      }}
    >
      <h3 ref={heading} tabIndex={-1} className="jp-MlxTrial-title">
        {isRunning
          ? trans.__('Testing %1', title(machine, trans))
          : verdict(machine, test, trans)}
      </h3>
      <Checks
        machine={machine}
        test={test}
        prompts={remote.prompts}
        trans={trans}
      />
      <div className="jp-MlxNotice-actions">
        {!isRunning && (
          <button
            type="button"
            className="jp-MlxButton"
            data-kind="primary"
            onClick={onAgain}
          >
            {trans.__('Test again')}
          </button>
        )}
        <button type="button" className="jp-MlxButton" onClick={onBack}>
          {isRunning ? trans.__('Stop') : trans.__('Choose another')}
        </button>
        {!isRunning && (
          <button
            type="button"
            className="jp-MlxButton"
            onClick={() => {
              void commands.execute(Commands.editMachine, { machine: name });
            }}
          >
            {trans.__('Edit…')}
          </button>
        )}
      </div>
    </div>
  );
}
