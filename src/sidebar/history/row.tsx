import { ellipsesIcon, refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IRunSummary } from '../../api/types';
import { lastValue } from '../../models/history';
import { elapsed, moment, STAR } from '../../models/states';
import { Commands } from '../../ui/commands';
import type { IViewContext } from '../../ui/context';
import { fire } from '../../ui/fire';
import { ago, duration, value } from '../../ui/format';
import { IconButton } from '../../ui/iconButton';
import { starIcon, starredIcon } from '../../ui/icons';
import { StateMark } from '../../ui/stateMark';
import { stateWord } from '../../ui/states';
import { runName } from '../names';
import { openRunMenu } from './menu';

/**
 * What a row of a run that is over is given.
 */
export interface IHistoryRow {
  context: IViewContext;
  run: IRunSummary;

  /**
   * The metric to show; null for none.
   */
  metric: string | null;

  /**
   * Whether that metric is better than the run before had it.
   */
  isBetter: boolean;
  isSelected: boolean;
  isTabStop: boolean;
  onFocus: (id: string) => void;
}

/**
 * A run that is over: how it went, when, and the value that counts.
 */
export function HistoryRow(props: IHistoryRow): React.JSX.Element {
  const { context, run, isSelected, isTabStop, onFocus } = props;
  const { trans } = context;
  const word = stateWord(run.state, trans);
  const when = moment(run.ended ?? run.created) ?? 0;
  return (
    <div
      className="jp-MlxRow"
      role="row"
      data-row={run.id}
      data-state={run.state}
      aria-selected={isSelected}
      tabIndex={isTabStop ? 0 : -1}
      title={tip(run)}
      onClick={() => void fire(context, Commands.openRun, { run: run.id })}
      onFocus={() => {
        onFocus(run.id);
      }}
    >
      <div role="gridcell" className="jp-MlxRow-state">
        <StateMark state={run.state} word={word} isWordHidden />
      </div>
      <div role="gridcell" className="jp-MlxRow-text">
        <div className="jp-MlxLine">
          <span className="jp-MlxLine-main">
            <span className="jp-MlxDim">#{run.number}</span> {runName(run)}
            {run.tags.includes(STAR) && (
              <starredIcon.react
                tag="span"
                className="jp-MlxRow-star"
                title={trans.__('starred')}
              />
            )}
          </span>
          <time
            className="jp-MlxLine-side jp-MlxDim"
            dateTime={run.ended ?? run.created}
            title={new Date(when).toLocaleString()}
          >
            {ago(when, trans)}
          </time>
        </div>
        <Second {...props} />
      </div>
      <Buttons {...props} />
    </div>
  );
}

/**
 * The line below: the cause of a failure, or the value that counts.
 */
function Second({
  context: { trans },
  run,
  metric,
  isBetter
}: IHistoryRow): React.JSX.Element {
  const seconds = elapsed(run);
  const found = metric === null ? null : lastValue(run, metric);
  const tags = run.tags.filter(tag => tag !== STAR);
  const went = seconds === null ? '' : ` · ${duration(seconds)}`;
  return (
    <div className="jp-MlxLine jp-MlxRow-second">
      <span className="jp-MlxLine-main">
        {run.state === 'succeeded' ? (
          <span className="jp-MlxDim">
            {run.machine}
            {went}
          </span>
        ) : (
          <span className="jp-MlxRow-cause" title={run.reason ?? undefined}>
            {run.reason ?? stateWord(run.state, trans)}
          </span>
        )}
        {tags.map(tag => (
          <span key={tag} className="jp-MlxLabel">
            {tag}
          </span>
        ))}
        {run.notes && <span className="jp-MlxDim"> {run.notes}</span>}
      </span>
      {metric !== null && found !== null && (
        <span className="jp-MlxLine-side jp-MlxNumber" title={metric}>
          <span className="jp-MlxDim">{metric}</span> {value(found)}
          {isBetter && (
            <span
              className="jp-MlxRow-better"
              title={trans.__('better than the run before')}
            >
              {' '}
              ▲
              <span className="jp-MlxUnseen">
                {trans.__('better than the run before')}
              </span>
            </span>
          )}
        </span>
      )}
    </div>
  );
}

function Buttons({ context, run, isTabStop }: IHistoryRow): React.JSX.Element {
  const { trans } = context;
  const isStarred = run.tags.includes(STAR);
  return (
    <div role="gridcell" className="jp-MlxRow-buttons">
      <IconButton
        icon={isStarred ? starredIcon : starIcon}
        label={trans.__('Star run %1', run.number)}
        isPressed={isStarred}
        isTabStop={isTabStop}
        onPress={() =>
          void fire(context, Commands.starRun, {
            run: run.id,
            starred: !isStarred
          })
        }
      />
      <IconButton
        icon={refreshIcon}
        label={trans.__('Run %1 again', run.number)}
        isTabStop={isTabStop}
        onPress={() => void fire(context, Commands.rerun, { run: run.id })}
      />
      <IconButton
        icon={ellipsesIcon}
        label={trans.__('More for run %1', run.number)}
        isMenu
        isTabStop={isTabStop}
        onPress={button => {
          openRunMenu(context, run, button);
        }}
      />
    </div>
  );
}

function tip(run: IRunSummary): string {
  return [run.notebook, run.machine, run.reason, run.tags.join(', '), run.notes]
    .filter(Boolean)
    .join('\n');
}
