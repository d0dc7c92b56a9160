import * as React from 'react';

import { ApiError } from '../api/client';
import { Notice } from '../ui/notice';
import { RunPart } from './part';

/**
 * What stands where the run itself cannot: it loads, it is gone, or the server does not tell.
 */
export class GatePart extends RunPart {
  protected override render(): React.JSX.Element {
    const { run } = this;
    const { trans } = run.context;
    const { error } = run.model;
    if (run.isMissing) {
      return (
        <Notice
          title={trans.__('There is no such run')}
          text={trans.__(
            'It was deleted on this computer, or the link is of another one.'
          )}
          hint={run.id}
        />
      );
    }
    if (!error) {
      return <Notice title={trans.__('Loading the run…')} />;
    }
    return (
      <Notice
        kind="error"
        title={trans.__('The run could not be read')}
        text={error.message}
        hint={error instanceof ApiError ? error.hint : null}
        actions={[
          {
            label: trans.__('Try again'),
            run: () => void run.model.refresh()
          }
        ]}
      />
    );
  }
}
