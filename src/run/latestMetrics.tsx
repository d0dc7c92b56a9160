import * as React from 'react';

import { value } from '../ui/format';
import { Sparkline } from '../ui/sparkline';
import { chartSummary } from './chartSummary';
import { metricData } from './chartData';
import { Section } from './section';
import type { ShownRun } from './shownRun';

const MOST = 12;

/**
 * The latest value of each metric, the first of them.
 */
export function LatestMetrics({
  run
}: {
  run: ShownRun;
}): React.JSX.Element | null {
  const { series } = run.model.metrics;
  if (series.size === 0) {
    return null;
  }
  const { trans } = run.context;
  const shown = [...series.values()].slice(0, MOST);
  return (
    <Section title={trans.__('Metrics')}>
      <table className="jp-MlxTable">
        <tbody>
          {shown.map(one => (
            <tr key={one.key}>
              <th scope="row">{one.key}</th>
              <td className="jp-MlxTable-number">
                {value(one.value[one.value.length - 1] ?? NaN)}
              </td>
              <td>
                <Sparkline
                  values={one.value}
                  label={chartSummary(
                    one.key,
                    metricData(one, 'step', run.origin),
                    trans
                  )}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <button
        type="button"
        className="jp-MlxLink"
        onClick={() => {
          run.tab = 'metrics';
        }}
      >
        {trans._n('%1 chart', 'All %1 charts', series.size)}
      </button>
    </Section>
  );
}
