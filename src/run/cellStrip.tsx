import * as React from 'react';

import type { IRunCell } from '../models/run';
import { useClock } from '../ui/hooks';
import { StateMark } from '../ui/stateMark';
import { cellWord } from '../ui/states';
import { asRegion, RunPart } from './part';
import { cellSeconds, shares } from './cellTimes';
import { roving } from './roving';
import type { ShownRun } from './shownRun';
import { cellName, cellNumber, took } from './words';

/**
 * One segment for each code cell, as wide as it took time; pressing it shows the cell.
 */
export class CellStripPart extends RunPart {
  constructor(run: ShownRun) {
    super(run);
    this.addClass('jp-MlxStrip');
    asRegion(this.node, run.context.trans.__('Cells'));
  }

  protected override render(): React.JSX.Element | null {
    const { cells } = this.run.model;
    return cells.length ? <Strip run={this.run} cells={cells} /> : null;
  }
}

function Strip({
  run,
  cells
}: {
  run: ShownRun;
  cells: IRunCell[];
}): React.JSX.Element {
  const { trans } = run.context;
  const isGoing = cells.some(({ state }) => state === 'running');
  const now = useClock(isGoing && !run.isFinal) / 1000;
  const [active, setActive] = React.useState(0);
  const seconds = cells.map(cell => cellSeconds(cell, now));
  const widths = shares(seconds);
  const current = Math.min(active, cells.length - 1);
  return (
    <div
      className="jp-MlxStrip-list"
      role="list"
      aria-label={trans.__('Cells, with widths by time')}
      onKeyDown={event => {
        roving(event, current, cells.length, setActive);
      }}
    >
      {cells.map((cell, at) => (
        <Segment
          key={cell.index}
          run={run}
          cell={cell}
          seconds={seconds[at] ?? null}
          share={widths[at] ?? 0}
          isTabStop={at === current}
          onFocus={() => {
            setActive(at);
          }}
        />
      ))}
    </div>
  );
}

function Segment({
  run,
  cell,
  seconds,
  share,
  isTabStop,
  onFocus
}: {
  run: ShownRun;
  cell: IRunCell;
  seconds: number | null;
  share: number;
  isTabStop: boolean;
  onFocus: () => void;
}): React.JSX.Element {
  const { trans } = run.context;
  const state = run.stateOf(cell);
  const word = cellWord(state, trans);
  const time = seconds === null ? '' : took(seconds);
  const text = [cellName(cell.index, trans), word, time]
    .filter(Boolean)
    .join(', ');
  return (
    <div role="listitem" style={{ flexGrow: share }}>
      <button
        type="button"
        className="jp-MlxStrip-cell"
        data-state={state}
        tabIndex={isTabStop ? 0 : -1}
        title={text}
        aria-label={text}
        onFocus={onFocus}
        onClick={() => {
          run.reveal(cell.index);
        }}
      >
        <StateMark state={state} word={word} isWordHidden />
        <span className="jp-MlxStrip-name" aria-hidden>
          {cellNumber(cell.index)}
        </span>
        <span className="jp-MlxStrip-time" aria-hidden>
          {time}
        </span>
      </button>
    </div>
  );
}
