import * as React from 'react';

import type { IViewContext } from '../../ui/context';

/**
 * The machines runs can go to.
 */
export function MachinesSection({
  context: { remote }
}: {
  context: IViewContext;
}): React.JSX.Element {
  return (
    <ul>
      {remote.machines.all.map(({ machine }) => (
        <li key={machine.name}>{machine.name}</li>
      ))}
    </ul>
  );
}
