import * as React from 'react';

import type { IViewContext } from '../../ui/context';
import { Notice } from '../../ui/notice';

/**
 * What is wrong with the lists of machines, if anything.
 */
export function Problems({
  context: {
    remote: { machines },
    trans
  }
}: {
  context: IViewContext;
}): React.JSX.Element {
  return (
    <>
      {machines.error && (
        <Notice
          kind="error"
          title={trans.__('The machines cannot be listed')}
          text={machines.error.message}
          actions={[
            {
              label: trans.__('Try again'),
              run: () => void machines.refresh()
            }
          ]}
        />
      )}
      {machines.problems.map(problem => (
        <Notice
          key={problem}
          kind="warning"
          title={trans.__('A list of machines has a mistake')}
          text={problem}
        />
      ))}
    </>
  );
}
