import * as React from 'react';

import type { IViewContext } from '../../ui/context';

/**
 * What is shown where no machine was ever chosen: the machines there are, to pick one.
 */
export function FirstRun({
  context: { remote, trans },
  onChosen
}: {
  context: IViewContext;
  onChosen: (machine: string) => void;
}): React.JSX.Element {
  return (
    <div className="jp-MlxNotice" role="group">
      <div className="jp-MlxNotice-title">
        {trans.__('Run this notebook on another computer')}
      </div>
      <div className="jp-MlxNotice-actions">
        {remote.machines.all.map(({ machine }) => (
          <button
            key={machine.name}
            type="button"
            className="jp-MlxButton"
            onClick={() => {
              onChosen(machine.name);
            }}
          >
            {machine.name}
          </button>
        ))}
      </div>
    </div>
  );
}
