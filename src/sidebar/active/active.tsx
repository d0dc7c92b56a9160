import * as React from 'react';
import { useEffect, useRef } from 'react';

import { expectedDuration } from '../../models/history';
import { useLive, useLiveClock } from '../../ui/awake';
import { Commands } from '../../ui/commands';
import type { IViewContext } from '../../ui/context';
import { fire } from '../../ui/fire';
import { clockTime } from '../../ui/format';
import { Notice } from '../../ui/notice';
import { useRoving } from '../../ui/roving';
import type { PanelState } from '../state';
import { Announcer } from './announcer';
import { ActiveRow } from './row';

const FOLLOWED = 6; // runs whose journals are read

/**
 * Every run that is not over.
 */
export function Active({
  context,
  state,
  setCount
}: {
  context: IViewContext;
  state: PanelState;
  setCount: (count: number) => void;
}): React.JSX.Element {
  const { remote, trans } = context;
  const { runs, machines } = remote;
  useLive(runs.changed);
  useLive(machines.changed);
  useLive(state.changed);
  const { all } = runs;
  const active = [...runs.active].reverse(); // a new one comes last, and moves none
  const list = useRef<HTMLUListElement>(null);
  const roving = useRoving(
    active.map(run => run.id),
    list
  );
  const now = useLiveClock(active.length > 0);
  useEffect(() => {
    setCount(active.length);
  }, [active.length, setCount]);
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const isRow = event.target instanceof HTMLLIElement;
    const run = roving.current;
    if (roving.onKeyDown(event) || !isRow || run === null) {
      return;
    }
    if (event.key === 'Enter' || event.key === 'Delete') {
      event.preventDefault();
      event.stopPropagation();
      const id = event.key === 'Enter' ? Commands.openRun : Commands.stopRun;
      void fire(context, id, { run });
    }
  };
  return (
    <div className="jp-MlxPanel-view" data-section="active">
      <Connection context={context} />
      <Announcer context={context} />
      {active.length === 0 ? (
        <div className="jp-MlxEmpty">{trans.__('Nothing runs just now.')}</div>
      ) : (
        <ul
          ref={list}
          className="jp-MlxList"
          aria-label={trans.__('Runs that are going')}
          onKeyDown={onKeyDown}
        >
          {active.map((run, at) => (
            <ActiveRow
              key={run.id}
              context={context}
              run={run}
              now={now}
              expected={expectedDuration(run, all)}
              isFollowed={at < FOLLOWED}
              metric={state.value.metric}
              isTabStop={run.id === roving.current}
              onFocus={roving.onFocus}
            />
          ))}
        </ul>
      )}
    </div>
  );
}

/**
 * Says so where the server is not heard: then all that is shown is of before.
 */
function Connection({
  context: { remote, trans }
}: {
  context: IViewContext;
}): React.JSX.Element | null {
  const { stream, runs } = remote;
  useLive(stream.connectedChanged);
  const since = useRef<number | null>(null);
  if (stream.connected || !runs.isReady) {
    since.current = null;
    return null;
  }
  since.current ??= Date.now();
  return (
    <Notice
      kind="warning"
      title={trans.__('The Jupyter server is not heard')}
      text={trans.__(
        'What you see is from %1. Runs on other machines go on.',
        clockTime(since.current)
      )}
    />
  );
}
