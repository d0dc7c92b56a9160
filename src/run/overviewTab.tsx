import * as React from 'react';

import { Bundle, Environment, Parameters } from './contents';
import { Course } from './course';
import { LatestMetrics } from './latestMetrics';
import { RunPart } from './part';
import type { ShownRun } from './shownRun';
import { Standing } from './standing';

/**
 * What happened, and with what.
 */
export class OverviewTab extends RunPart {
  constructor(run: ShownRun) {
    super(run);
    this.addClass('jp-MlxOverview');
  }

  protected override render(): React.JSX.Element {
    const { run } = this;
    return (
      <>
        <Standing run={run} />
        <div className="jp-MlxOverview-columns">
          <Course run={run} />
          <LatestMetrics run={run} />
          <Parameters run={run} />
          <Environment run={run} />
          <Bundle run={run} />
        </div>
      </>
    );
  }
}
