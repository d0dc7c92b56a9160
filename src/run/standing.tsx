import * as React from 'react';

import { Notice } from '../ui/notice';
import { Progress } from '../ui/progress';
import { isStopping } from '../models/states';
import { Failure } from './failure';
import type { IRunFacts, ShownRun } from './shownRun';
import { causeAdvice, causeTitle, cellName } from './words';

/**
 * Where the run stands, in words, where there is more to say than its state.
 */
export function Standing({ run }: { run: ShownRun }): React.JSX.Element | null {
  const { facts } = run;
  switch (facts?.state) {
    case 'queued':
    case 'sending':
    case 'preparing':
      return <Before run={run} facts={facts} />;
    case 'running':
      return <Going run={run} facts={facts} />;
    case 'failed':
      return (
        <div className="jp-MlxFailure">
          <Failure run={run} isBelow={false} />
        </div>
      );
    case 'cancelled':
      return <Stopped run={run} facts={facts} />;
    case 'lost':
      return <Lost run={run} facts={facts} />;
    default:
      return null;
  }
}

interface IStanding {
  run: ShownRun;
  facts: IRunFacts;
}

function Before({ run, facts }: IStanding): React.JSX.Element {
  const { trans } = run.context;
  const { phase, message, done, total } = facts.progress;
  const titles: Record<string, string> = {
    queued: trans.__('Waiting to be sent to %1', facts.machine),
    sending: trans.__('Being sent to %1', facts.machine),
    preparing: trans.__('Being prepared on %1', facts.machine)
  };
  const phases: Record<string, string> = {
    files: trans.__('files'),
    environment: trans.__('environment'),
    slot: trans.__('waiting for a free place'),
    kernel: trans.__('kernel')
  };
  const said = [
    typeof phase === 'string' ? (phases[phase] ?? phase) : '',
    typeof message === 'string' ? message : ''
  ].filter(Boolean);
  const text = said.join(': ') || facts.reason || '';
  const why = facts.state === 'queued' ? run.machine?.status.why : null;
  return (
    <div role="status">
      <Notice
        title={titles[facts.state] ?? ''}
        text={text}
        hint={
          why
            ? trans.__('%1. It is sent by itself once that is over.', why)
            : null
        }
      />
      {typeof done === 'number' && typeof total === 'number' && total > 0 && (
        <Progress done={done} total={total} text={text} />
      )}
    </div>
  );
}

function Going({ run, facts }: IStanding): React.JSX.Element | null {
  const { trans } = run.context;
  const { cells } = run.model;
  if (cells.length === 0) {
    return null;
  }
  const done = cells.filter(
    ({ state }) => state !== 'waiting' && state !== 'running'
  ).length;
  const running = cells.find(({ state }) => state === 'running');
  const text = trans.__('%1 of %2 cells done', done, cells.length);
  return (
    <div className="jp-MlxStanding">
      <div className="jp-MlxStanding-line">
        <span>{text}</span>
        {running && (
          <button
            type="button"
            className="jp-MlxLink"
            onClick={() => {
              run.reveal(running.index);
            }}
          >
            {trans.__('%1 is running', cellName(running.index, trans))}
          </button>
        )}
        {isStopping(facts) && (
          <span>
            {facts.cancel_delivered === null
              ? trans.__('A stop is on its way')
              : trans.__('It is being stopped')}
          </span>
        )}
      </div>
      <Progress done={done} total={cells.length} text={text} />
    </div>
  );
}

function Stopped({ run, facts }: IStanding): React.JSX.Element {
  const { trans } = run.context;
  const done = run.model.cells.filter(({ state }) => state === 'succeeded');
  const last = done[done.length - 1];
  const isByUser = facts.cancel_requested !== null;
  const title = isByUser
    ? trans.__('Stopped by you')
    : trans.__('The run was stopped');
  const where = last
    ? trans.__(
        'After %1. What it had written until then is here.',
        cellName(last.index, trans)
      )
    : trans.__('Before a cell was done.');
  return <Notice title={title} text={isByUser ? where : facts.reason} />;
}

function Lost({ run, facts }: IStanding): React.JSX.Element {
  const { trans } = run.context;
  const said = run.model.detail?.exit?.['cause'];
  const cause = typeof said === 'string' ? said : '';
  return (
    <Notice
      kind="warning"
      title={causeTitle(cause, trans) ?? trans.__('The run was lost')}
      text={facts.reason}
      hint={causeAdvice(cause, trans)}
    />
  );
}
