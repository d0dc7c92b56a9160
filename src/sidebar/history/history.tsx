import * as React from 'react';
import { useContext, useEffect, useMemo, useRef, useState } from 'react';

import type { IRunSummary } from '../../api/types';
import { filtered, sortMetric, tellingMetric } from '../../models/history';
import { isFinal } from '../../models/states';
import { Awake, useLive } from '../../ui/awake';
import { Commands } from '../../ui/commands';
import type { IViewContext } from '../../ui/context';
import { fire } from '../../ui/fire';
import { Notice } from '../../ui/notice';
import type { PanelState } from '../state';
import { Filters } from './filters';
import { HistoryList } from './list';

const MOST_KEYS = 50; // metrics to choose from
const PAUSE = 300; // ms

/**
 * Every run that is over: to find, to compare by a value, to run again.
 */
export function History({
  context,
  state,
  setCount
}: {
  context: IViewContext;
  state: PanelState;
  setCount: (count: number, hasMore: boolean) => void;
}): React.JSX.Element {
  const { remote, notebooks } = context;
  const { runs } = remote;
  useLive(runs.changed);
  useLive(state.changed);
  useLive(notebooks.currentChanged);
  useLive(remote.troubleChanged);
  useMinutes();
  useSearch(context, state.value.text);
  const { all } = runs;
  const over = useMemo(() => all.filter(run => isFinal(run.state)), [all]);
  const metrics = useMemo(() => metricsOf(over), [over]);
  const { value } = state;
  const path = value.isThisNotebook ? (notebooks.current?.path ?? null) : null;
  const shown = useMemo(
    () => filtered(over, { ...value, notebook: path }),
    [over, value, path]
  );
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const filter = useRef<HTMLDivElement>(null);
  useEffect(() => {
    setCount(over.length, runs.hasMore);
  }, [over.length, runs.hasMore, setCount]);
  const metric =
    sortMetric(value.sort) ?? value.metric ?? tellingMetric(metrics);
  return (
    <div className="jp-MlxPanel-view jp-MlxHistory" data-section="history">
      {over.length > 0 && (
        <Filters
          context={context}
          state={state}
          metrics={metrics}
          input={filter}
        />
      )}
      {shown.length === 0 ? (
        <Nothing context={context} state={state} isNone={over.length === 0} />
      ) : (
        <HistoryList
          context={context}
          runs={shown}
          all={all}
          metric={metric}
          selected={selected}
          setSelected={setSelected}
          toFilter={() => filter.current?.querySelector('input')?.focus()}
          footer={<Older context={context} />}
        />
      )}
      <Selection
        context={context}
        runs={shown.filter(run => selected.has(run.id))}
        clear={() => {
          setSelected(new Set());
        }}
      />
    </div>
  );
}

/**
 * Ask the server too: it knows runs that were not read here.
 */
function useSearch({ remote }: IViewContext, text: string): void {
  const isAwake = useContext(Awake);
  useEffect(() => {
    if (!isAwake || text.trim() === '' || !remote.runs.hasMore) {
      return;
    }
    const timer = window.setTimeout(() => {
      // What is known here is shown all the same.
      remote.runs.find({ text: text.trim() }).catch(() => undefined);
    }, PAUSE);
    return () => {
      window.clearTimeout(timer);
    };
  }, [remote, text, isAwake]);
}

/**
 * "2 minutes ago" goes on.
 */
function useMinutes(): void {
  const [, again] = useState(0);
  const isAwake = useContext(Awake);
  useEffect(() => {
    if (!isAwake) {
      return;
    }
    const timer = window.setInterval(() => {
      again(count => count + 1);
    }, 60_000);
    return () => {
      window.clearInterval(timer);
    };
  }, [isAwake]);
}

function metricsOf(runs: readonly IRunSummary[]): string[] {
  const keys = new Set<string>();
  for (const run of runs) {
    for (const key of Object.keys(run.metrics)) {
      keys.add(key);
      if (keys.size >= MOST_KEYS) {
        return [...keys].sort();
      }
    }
  }
  return [...keys].sort();
}

function Older({
  context: { remote, trans }
}: {
  context: IViewContext;
}): React.JSX.Element | null {
  const { runs } = remote;
  const [isAsking, setAsking] = useState(false);
  const [error, setError] = useState<string | null>(null);
  if (!runs.hasMore) {
    return null;
  }
  const ask = async (): Promise<void> => {
    setAsking(true);
    setError(null);
    try {
      await runs.more();
    } catch (reason) {
      setError(reason instanceof Error ? reason.message : String(reason));
    }
    setAsking(false);
  };
  return (
    <div className="jp-MlxOlder">
      <button
        type="button"
        className="jp-MlxButton"
        disabled={isAsking}
        onClick={() => void ask()}
      >
        {isAsking ? trans.__('Loading…') : trans.__('Load older runs')}
      </button>
      {error && <div className="jp-MlxSetting-wrong">{error}</div>}
    </div>
  );
}

function Nothing({
  context,
  state,
  isNone
}: {
  context: IViewContext;
  state: PanelState;
  isNone: boolean;
}): React.JSX.Element {
  const { remote, trans } = context;
  const { runs } = remote;
  if (runs.error) {
    return (
      <Notice
        kind="error"
        title={trans.__('The runs could not be read')}
        text={runs.error.message}
        actions={[
          {
            label: trans.__('Try again'),
            run: () => void fire(context, Commands.refresh)
          }
        ]}
      />
    );
  }
  if (isNone) {
    return remote.trouble ? (
      <></> // said above
    ) : (
      <div className="jp-MlxEmpty">
        {runs.isReady
          ? trans.__('Runs that are over are kept here, with all they put out.')
          : trans.__('Looking for runs…')}
      </div>
    );
  }
  const { text } = state.value;
  return (
    <Notice
      title={
        text
          ? trans.__('No run matches “%1”', text)
          : trans.__('No run matches')
      }
      actions={[
        {
          label: trans.__('Clear the filter'),
          run: () => {
            state.set({
              text: '',
              ends: [],
              isStarred: false,
              isThisNotebook: false
            });
          }
        }
      ]}
    />
  );
}

function Selection({
  context,
  runs,
  clear
}: {
  context: IViewContext;
  runs: readonly IRunSummary[];
  clear: () => void;
}): React.JSX.Element | null {
  const { trans } = context;
  const each = async (id: string, args: object = {}): Promise<void> => {
    for (const run of runs) {
      await fire(context, id, { run: run.id, ...args });
    }
  };
  return runs.length === 0 ? null : (
    <div
      className="jp-MlxSelection"
      role="toolbar"
      aria-label={trans.__('Selected runs')}
    >
      <span className="jp-MlxLine-main">
        {trans._n('%1 run selected', '%1 runs selected', runs.length)}
      </span>
      <button
        type="button"
        className="jp-MlxButton"
        onClick={() => void each(Commands.starRun, { starred: true })}
      >
        {trans.__('Star')}
      </button>
      <button type="button" className="jp-MlxButton" onClick={clear}>
        {trans.__('Clear')}
      </button>
    </div>
  );
}
