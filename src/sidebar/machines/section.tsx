import * as React from 'react';
import { useEffect, useState } from 'react';

import { Commands } from '../../ui/commands';
import type { IViewContext } from '../../ui/context';
import { useSignal } from '../../ui/hooks';
import { Problems } from './problems';
import { moveFocus } from './roving';
import { MachineRow } from './row';

/**
 * All machines: how they stand, what they have, and what can be done with them.
 */
export function MachinesSection({
  context
}: {
  context: IViewContext;
}): React.JSX.Element {
  const { remote, commands, trans } = context;
  const { machines, runs } = remote;
  useSignal(machines.changed);
  useSignal(runs.changed);
  const [stop, setStop] = useState<string | null>(null);
  useEffect(() => {
    void machines.refresh(); // lists are edited elsewhere too, and nobody tells
  }, [machines]);
  const names = machines.all.map(({ machine }) => machine.name);
  const tabStop = stop !== null && names.includes(stop) ? stop : names[0];
  const add = (): void => {
    void commands.execute(Commands.addMachine);
  };
  return (
    <section
      className="jp-MlxMachines"
      role="region"
      aria-label={trans.__('Machines')}
    >
      <Problems context={context} />
      <ul
        className="jp-MlxMachines-list"
        role="list"
        aria-label={trans.__('Machines')}
        aria-busy={!machines.isReady}
        onKeyDown={event => {
          moveFocus(event, '.jp-MlxMachine-head');
        }}
      >
        {machines.all.map(view => (
          <MachineRow
            key={view.machine.name}
            view={view}
            context={context}
            isStop={view.machine.name === tabStop}
            onFocus={setStop}
          />
        ))}
      </ul>
      <div className="jp-MlxMachines-foot">
        <button type="button" className="jp-MlxButton" onClick={add}>
          {trans.__('Add machine…')}
        </button>
      </div>
    </section>
  );
}
