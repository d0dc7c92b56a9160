import { launchIcon, listIcon, stopIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IRunSummary } from '../../api/types';
import { tellingMetric } from '../../models/history';
import { elapsed, isStopping } from '../../models/states';
import { Commands } from '../../ui/commands';
import type { IViewContext } from '../../ui/context';
import { fire } from '../../ui/fire';
import { duration, money, value } from '../../ui/format';
import { IconButton } from '../../ui/iconButton';
import { Progress } from '../../ui/progress';
import { Sparkline } from '../../ui/sparkline';
import { StateMark } from '../../ui/stateMark';
import { stateWord } from '../../ui/states';
import { runName } from '../names';
import { hardware } from './hardware';
import { howFar, remarks } from './progress';
import { useRun } from './useRun';

/**
 * What a row of a run that is going is given.
 */
export interface IActiveRow {
  context: IViewContext;
  run: IRunSummary;

  /**
   * The time now, in milliseconds.
   */
  now: number;

  /**
   * How long such a run takes, in seconds; null where that is not known.
   */
  expected: number | null;

  /**
   * Whether its metrics and hardware are followed.
   */
  isFollowed: boolean;

  /**
   * The metric to show where the run has it.
   */
  metric: string | null;
  isTabStop: boolean;
  onFocus: (id: string) => void;
}

/**
 * A run that is going: how far, how long, what it shows, what it costs.
 */
export function ActiveRow(props: IActiveRow): React.JSX.Element {
  const { context, run, isTabStop, onFocus } = props;
  const { remote, trans } = context;
  const far = howFar(run, trans);
  const open = (): void => {
    void fire(context, Commands.openRun, { run: run.id });
  };
  return (
    <li
      className="jp-MlxActive"
      data-row={run.id}
      tabIndex={isTabStop ? 0 : -1}
      aria-label={trans.__('Run %1, %2', run.number, runName(run))}
      onClick={open}
      onFocus={() => {
        onFocus(run.id);
      }}
    >
      <div className="jp-MlxLine">
        <span className="jp-MlxLine-main jp-MlxStrong" title={run.notebook}>
          #{run.number} {runName(run)}
        </span>
        <Buttons {...props} open={open} />
      </div>
      <div className="jp-MlxLine">
        <span className="jp-MlxLine-main jp-MlxActive-state">
          <StateMark state={run.state} word={stateWord(run.state, trans)} />
          <span className="jp-MlxDim" title={run.machine}>
            {run.machine}
          </span>
        </span>
        <Times {...props} />
      </div>
      <Progress {...far} />
      <div className="jp-MlxLine">
        <span className="jp-MlxLine-main" title={far.text}>
          {far.text}
        </span>
        <Cost run={run} now={props.now} />
      </div>
      {run.state === 'running' && <Signs {...props} />}
      {remarks(run, remote.machines.get(run.machine), trans).map(text => (
        <div key={text} className="jp-MlxActive-remark">
          {text}
        </div>
      ))}
    </li>
  );
}

function Buttons({
  context,
  run,
  open
}: IActiveRow & { open: () => void }): React.JSX.Element {
  const { trans } = context;
  return (
    <span className="jp-MlxLine-side jp-MlxButtons">
      <IconButton
        icon={launchIcon}
        label={trans.__('Open run %1', run.number)}
        onPress={open}
      />
      <IconButton
        icon={listIcon}
        label={trans.__('Log of run %1', run.number)}
        onPress={() =>
          void fire(context, Commands.openRun, { run: run.id, tab: 'log' })
        }
      />
      <IconButton
        icon={stopIcon}
        label={trans.__('Stop run %1', run.number)}
        isDisabled={isStopping(run)}
        onPress={() => void fire(context, Commands.stopRun, { run: run.id })}
      />
    </span>
  );
}

function Times({
  context: { trans },
  run,
  now,
  expected
}: IActiveRow): React.JSX.Element | null {
  const seconds = elapsed(run, now);
  return seconds === null ? null : (
    <span className="jp-MlxLine-side jp-MlxNumber">
      {clock(seconds)}
      {expected !== null && (
        <span
          className="jp-MlxDim"
          title={trans.__('Earlier runs of this notebook there took as long')}
        >
          {' '}
          / ~{clock(expected)}
        </span>
      )}
    </span>
  );
}

function Cost({
  run,
  now
}: Pick<IActiveRow, 'run' | 'now'>): React.JSX.Element | null {
  const seconds = elapsed(run, now);
  return run.price && seconds !== null ? (
    <span className="jp-MlxLine-side jp-MlxNumber">
      {money((run.price * seconds) / 3600, run.currency)}
    </span>
  ) : null;
}

/**
 * A metric and the hardware. The line is there before they are, so that nothing moves when they come.
 */
function Signs({
  context: { remote, trans },
  run,
  isFollowed,
  metric
}: IActiveRow): React.JSX.Element {
  const model = useRun(remote, run.id, isFollowed);
  const keys = model ? [...model.metrics.series.keys()] : [];
  const key =
    metric !== null && keys.includes(metric) ? metric : tellingMetric(keys);
  const series = key === null ? null : model?.metrics.series.get(key);
  const last = series?.value[series.value.length - 1];
  const sample = model?.samples[model.samples.length - 1];
  return (
    <div className="jp-MlxLine jp-MlxActive-signs">
      <span className="jp-MlxLine-main">
        {series && last !== undefined && (
          <>
            <span title={series.key}>
              {series.key} <span className="jp-MlxNumber">{value(last)}</span>
            </span>{' '}
            <Sparkline
              values={series.value}
              label={trans.__('%1 is %2', series.key, value(last))}
            />
          </>
        )}
      </span>
      {sample && (
        <span className="jp-MlxLine-side jp-MlxDim jp-MlxNumber">
          {hardware(sample, trans).join(' · ')}
        </span>
      )}
    </div>
  );
}

/**
 * Time that ticks: always with seconds, so that its width stays.
 */
function clock(seconds: number): string {
  return seconds < 60
    ? `0:${String(Math.floor(seconds)).padStart(2, '0')}`
    : duration(seconds);
}
