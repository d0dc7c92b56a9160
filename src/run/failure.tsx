import * as React from 'react';

import { Commands } from '../ui/commands';
import { StateMark } from '../ui/stateMark';
import { AnsiText } from './ansiText';
import { CommandButton } from './commandButton';
import { copyText } from './copy';
import { failureReport, lastLines, traceback } from './failureReport';
import { asRegion, RunPart } from './part';
import type { ShownRun } from './shownRun';
import { causeAdvice, causeTitle, cellName } from './words';

/**
 * Why a run failed and what to do next.
 */
export class FailurePart extends RunPart {
  /**
   * @param place Below the cell, whose outputs hold the traceback already, or alone.
   */
  constructor(
    run: ShownRun,
    private _place: 'below' | 'alone'
  ) {
    super(run);
    this.addClass('jp-MlxFailure');
    asRegion(this.node, run.context.trans.__('Why the run failed'));
  }

  protected override render(): React.JSX.Element {
    return <Failure run={this.run} isBelow={this._place === 'below'} />;
  }
}

/**
 * Cause, traceback, the last lines of the log, and what to press.
 */
export function Failure({
  run,
  isBelow
}: {
  run: ShownRun;
  isBelow: boolean;
}): React.JSX.Element {
  const { trans } = run.context;
  const { facts, failedCell, model } = run;
  const said = model.detail?.exit?.['cause'];
  const cause = typeof said === 'string' ? said : '';
  const trace = isBelow ? '' : traceback(run);
  const tail = lastLines(model.log, 20);
  const advice = causeAdvice(cause, trans);
  // Between the headings of a notebook it is one of the page's own.
  const Heading = isBelow ? 'h2' : 'h3';
  return (
    <div className="jp-MlxFailure-body">
      <Heading className="jp-MlxFailure-title">
        <StateMark
          state={facts?.state ?? 'failed'}
          word={trans.__('failed')}
          isWordHidden
        />
        {causeTitle(cause, trans) ?? trans.__('The run failed')}
      </Heading>
      {facts?.reason && (
        <div className="jp-MlxFailure-reason">{facts.reason}</div>
      )}
      {advice && <div className="jp-MlxNotice-hint">→ {advice}</div>}
      <NextSteps run={run} isBelow={isBelow} />
      {trace && <AnsiText text={trace} label={trans.__('Traceback')} />}
      {tail.length > 0 && (
        <details open={!trace || undefined}>
          <summary>
            {trans._n(
              'Last line of the log',
              'Last %1 lines of the log',
              tail.length
            )}
          </summary>
          <AnsiText text={tail.join('\n')} label={trans.__('End of the log')} />
        </details>
      )}
      {!isBelow && failedCell !== null && (
        <button
          type="button"
          className="jp-MlxLink"
          onClick={() => {
            run.reveal(failedCell);
          }}
        >
          {trans.__('Show %1 as it ran', cellName(failedCell, trans))}
        </button>
      )}
    </div>
  );
}

function NextSteps({
  run,
  isBelow
}: {
  run: ShownRun;
  isBelow: boolean;
}): React.JSX.Element {
  const { commands, trans } = run.context;
  const { failedCell } = run;
  return (
    <div className="jp-MlxNotice-actions">
      <CommandButton
        commands={commands}
        command={Commands.openNotebook}
        args={
          failedCell === null
            ? { run: run.id }
            : { run: run.id, cell: failedCell }
        }
        label={
          failedCell === null
            ? trans.__('Open the notebook')
            : trans.__('Open the cell in the notebook')
        }
      />
      <CommandButton
        commands={commands}
        command={Commands.rerun}
        args={{ run: run.id }}
        label={trans.__('Run again')}
      />
      <button
        type="button"
        className="jp-MlxButton"
        onClick={() => {
          copyText(failureReport(run), trans);
        }}
      >
        {trans.__('Copy report')}
      </button>
      {isBelow && (
        <button
          type="button"
          className="jp-MlxButton jp-MlxQuiet"
          onClick={() => {
            run.tab = 'log';
          }}
        >
          {trans.__('Whole log')}
        </button>
      )}
    </div>
  );
}
