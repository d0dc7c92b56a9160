import * as React from 'react';

import type { RunState } from '../../api/types';
import { byMetric, sortMetric } from '../../models/history';
import type { IViewContext } from '../../ui/context';
import { TextField } from '../../ui/textField';
import { StateMark } from '../../ui/stateMark';
import type { PanelState } from '../state';

/**
 * What narrows the list, and its order.
 */
export function Filters({
  context: { trans, notebooks },
  state,
  metrics,
  input
}: {
  context: IViewContext;
  state: PanelState;

  /**
   * Keys of metrics that occur.
   */
  metrics: readonly string[];
  input: React.RefObject<HTMLDivElement>;
}): React.JSX.Element {
  const { text, ends, isStarred, isThisNotebook, sort } = state.value;
  const toggle = (end: RunState): void => {
    const next = ends.includes(end)
      ? ends.filter(one => one !== end)
      : [...ends, end];
    state.set({ ends: next });
  };
  const order = (value: string): void => {
    const metric = sortMetric(value);
    state.set({ sort: value, ...(metric === null ? {} : { metric }) });
  };
  const key = sortMetric(sort);
  const keys =
    key !== null && !metrics.includes(key) ? [...metrics, key] : metrics;
  return (
    <div className="jp-MlxFilters" role="search">
      <div className="jp-MlxFilters-line" ref={input}>
        <TextField
          value={text}
          label={trans.__('Filter runs')}
          placeholder={trans.__('Filter…  name, tag, note, #12')}
          onCommit={value => {
            state.set({ text: value });
          }}
        />
        <select
          className="jp-MlxEntry jp-MlxFilters-sort"
          aria-label={trans.__('Order of the runs')}
          value={sort}
          onChange={event => {
            order(event.target.value);
          }}
        >
          <option value="newest">{trans.__('newest')}</option>
          <option value="duration">{trans.__('longest')}</option>
          {keys.map(one => (
            <option key={one} value={byMetric(one)}>
              {trans.__('best %1', one)}
            </option>
          ))}
        </select>
      </div>
      <div
        className="jp-MlxChips"
        role="group"
        aria-label={trans.__('Show only')}
      >
        <Chip
          isOn={isStarred}
          set={on => {
            state.set({ isStarred: on });
          }}
        >
          <span aria-hidden="true">★</span> {trans.__('starred')}
        </Chip>
        <EndChip
          end="succeeded"
          word={trans.__('done')}
          {...{ ends, toggle }}
        />
        <EndChip end="failed" word={trans.__('failed')} {...{ ends, toggle }} />
        <EndChip
          end="cancelled"
          word={trans.__('stopped')}
          {...{ ends, toggle }}
        />
        {(notebooks.current || isThisNotebook) && (
          <Chip
            isOn={isThisNotebook}
            set={on => {
              state.set({ isThisNotebook: on });
            }}
          >
            {trans.__('this notebook')}
          </Chip>
        )}
      </div>
    </div>
  );
}

function EndChip({
  end,
  word,
  ends,
  toggle
}: {
  end: RunState;
  word: string;
  ends: readonly RunState[];
  toggle: (end: RunState) => void;
}): React.JSX.Element {
  return (
    <Chip
      isOn={ends.includes(end)}
      set={() => {
        toggle(end);
      }}
    >
      <StateMark state={end} word={word} />
    </Chip>
  );
}

function Chip({
  isOn,
  set,
  children
}: {
  isOn: boolean;
  set: (isOn: boolean) => void;
  children: React.ReactNode;
}): React.JSX.Element {
  return (
    <button
      type="button"
      className="jp-MlxChip"
      aria-pressed={isOn}
      onClick={() => {
        set(!isOn);
      }}
    >
      {children}
    </button>
  );
}
