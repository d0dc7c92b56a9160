import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { Panel } from '@lumino/widgets';
import * as React from 'react';

import type { IRunModelChange } from '../models/run';
import { MOST_LINES } from '../models/log';
import { plainText } from './ansi';
import { copyText } from './copy';
import { LogList } from './logList';
import type { ShownRun } from './shownRun';

/**
 * The log of a run with its controls.
 */
export class LogTab extends Panel {
  constructor(private _run: ShownRun) {
    super();
    this.addClass('jp-MlxLogTab');
    this._list = new LogList(_run.model.log, _run.context.trans);
    this._tools = new LogTools(_run, this._list);
    this.addWidget(this._tools);
    this.addWidget(this._list);
    _run.told.connect(this._onTold, this);
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._run.told.disconnect(this._onTold, this);
      super.dispose();
    }
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this._tools.update();
  }

  private _onTold(_: ShownRun, change: IRunModelChange): void {
    if (change.log && this.isVisible) {
      this._list.refresh();
      this._tools.update();
    }
  }

  private _list: LogList;
  private _tools: LogTools;
}

class LogTools extends ReactWidget {
  constructor(
    private _run: ShownRun,
    private _list: LogList
  ) {
    super();
    _list.stateChanged.connect(() => {
      this.update();
    });
  }

  protected override render(): React.JSX.Element {
    return <Tools run={this._run} list={this._list} />;
  }
}

function Tools({
  run,
  list
}: {
  run: ShownRun;
  list: LogList;
}): React.JSX.Element {
  const { trans } = run.context;
  const { lines, dropped } = run.model.log;
  const all = lines.length + dropped;
  const count = list.filter
    ? trans.__(
        '%1 of %2 lines',
        list.count.toLocaleString(),
        lines.length.toLocaleString()
      )
    : trans._n('%1 line', '%1 lines', all);
  return (
    <div className="jp-MlxLog-tools">
      <input
        type="search"
        className="jp-MlxInput"
        placeholder={trans.__('Filter lines')}
        aria-label={trans.__('Filter lines')}
        value={list.filter}
        onChange={event => {
          list.setFilter(event.target.value);
        }}
      />
      <label>
        <input
          type="checkbox"
          checked={list.isFollowing}
          onChange={event => {
            list.follow(event.target.checked);
          }}
        />{' '}
        {trans.__('Follow')}
      </label>
      <span className="jp-MlxLog-count">{count}</span>
      {dropped > 0 && (
        <span className="jp-MlxLog-count">
          {trans.__(
            'the last %1 are shown; all are in the fetched files',
            MOST_LINES.toLocaleString()
          )}
        </span>
      )}
      <button
        type="button"
        className="jp-MlxButton jp-MlxQuiet"
        disabled={lines.length === 0}
        onClick={() => {
          copyText(lines.map(({ text }) => plainText(text)).join('\n'), trans);
        }}
      >
        {trans.__('Copy all')}
      </button>
    </div>
  );
}
