import * as React from 'react';
import { useLayoutEffect, useRef, useState } from 'react';

import type { IRunSummary } from '../../api/types';
import { isBetter } from '../../models/history';
import { Commands } from '../../ui/commands';
import type { IViewContext } from '../../ui/context';
import { fire } from '../../ui/fire';
import { useRoving } from '../../ui/roving';
import { HistoryRow } from './row';

/**
 * The height of a row in pixels, as style/sidebar.css has it.
 */
export const ROW = 44;

const MOST = 80; // rows in the page
const SPARE = 6; // rows beyond what is seen

/**
 * The runs that passed the filter; only those near what is seen are in the page.
 */
export function HistoryList({
  context,
  runs,
  all,
  metric,
  selected,
  setSelected,
  toFilter,
  footer
}: {
  context: IViewContext;
  runs: readonly IRunSummary[];

  /**
   * Every known run, newest first, to compare with.
   */
  all: readonly IRunSummary[];
  metric: string | null;
  selected: ReadonlySet<string>;
  setSelected: (selected: ReadonlySet<string>) => void;

  /**
   * Put the focus into the filter.
   */
  toFilter: () => void;
  footer: React.ReactNode;
}): React.JSX.Element {
  const { trans } = context;
  const box = useRef<HTMLDivElement>(null);
  const [top, height] = useView(box);
  const reveal = (at: number): void => {
    const view = box.current;
    if (view) {
      const [first, last] = [at * ROW, (at + 1) * ROW];
      const wanted = Math.max(last - view.clientHeight, view.scrollTop);
      view.scrollTop = Math.min(first, wanted);
    }
  };
  const ids = runs.map(run => run.id);
  const roving = useRoving(ids, box, reveal);
  const first = Math.max(0, Math.floor(top / ROW) - SPARE);
  const count = Math.min(MOST, Math.ceil(height / ROW) + 2 * SPARE);
  const onKeyDown = (event: React.KeyboardEvent<HTMLElement>): void => {
    const isRow =
      event.target instanceof HTMLElement && !!event.target.dataset['row'];
    const run = roving.current;
    if (roving.onKeyDown(event) || !isRow || run === null) {
      return;
    }
    const act: Record<string, () => void> = {
      Enter: () => void fire(context, Commands.openRun, { run }),
      Delete: () => void fire(context, Commands.deleteRun, { run }),
      ' ': () => {
        setSelected(toggled(selected, run));
      },
      '/': toFilter
    };
    const does = act[event.key];
    if (does) {
      event.preventDefault();
      event.stopPropagation();
      does();
    }
  };
  return (
    <div className="jp-MlxScroll" ref={box} onKeyDown={onKeyDown}>
      <div
        className="jp-MlxRows"
        role="grid"
        aria-label={trans.__('Runs that are over')}
        aria-multiselectable="true"
        aria-rowcount={runs.length}
        style={{ height: runs.length * ROW }}
      >
        {runs.slice(first, first + count).map((run, at) => (
          <div
            key={run.id}
            role="presentation"
            className="jp-MlxRows-place"
            style={{ transform: `translateY(${(first + at) * ROW}px)` }}
          >
            <HistoryRow
              context={context}
              run={run}
              metric={metric}
              isBetter={metric !== null && isBetter(run, metric, all) === true}
              isSelected={selected.has(run.id)}
              isTabStop={run.id === roving.current}
              onFocus={roving.onFocus}
            />
          </div>
        ))}
      </div>
      {footer}
    </div>
  );
}

function toggled(set: ReadonlySet<string>, one: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(one)) {
    next.add(one);
  }
  return next;
}

/**
 * How far a box is scrolled, and how high it is.
 */
function useView(box: React.RefObject<HTMLElement>): [number, number] {
  const [view, setView] = useState<[number, number]>([0, 600]);
  useLayoutEffect(() => {
    const node = box.current;
    if (!node || typeof ResizeObserver === 'undefined') {
      return;
    }
    const look = (): void => {
      const next = Math.floor(node.scrollTop / ROW) * ROW;
      setView(before =>
        before[0] === next && before[1] === node.clientHeight
          ? before
          : [next, node.clientHeight]
      );
    };
    const observer = new ResizeObserver(look);
    observer.observe(node);
    node.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      node.removeEventListener('scroll', look);
    };
  }, [box]);
  return view;
}
