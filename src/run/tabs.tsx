import * as React from 'react';

import { RunPart } from './part';
import { roving } from './roving';
import { type RunTab, type ShownRun, TABS } from './shownRun';

/**
 * The list of tabs; arrows go along it.
 */
export class TabsPart extends RunPart {
  /**
   * @param base What ids of the tabs and their panels begin with.
   */
  constructor(
    run: ShownRun,
    private _base: string
  ) {
    super(run);
    this.addClass('jp-MlxTabs');
  }

  protected override render(): React.JSX.Element {
    const { run } = this;
    const counts = tabCounts(run);
    const words = tabWords(run);
    return (
      <div
        role="tablist"
        className="jp-MlxTabs-list"
        aria-label={run.context.trans.__('Views of the run')}
        onKeyDown={event => {
          roving(event, TABS.indexOf(run.tab), TABS.length, at => {
            run.tab = TABS[at] ?? run.tab;
          });
        }}
      >
        {TABS.map(tab => (
          <button
            key={tab}
            type="button"
            role="tab"
            id={tabId(this._base, tab)}
            className="jp-MlxTabs-tab"
            aria-selected={tab === run.tab}
            aria-controls={panelId(this._base, tab)}
            tabIndex={tab === run.tab ? 0 : -1}
            onClick={() => {
              run.tab = tab;
            }}
          >
            {words[tab]}
            {counts[tab] !== undefined && (
              <span className="jp-MlxTabs-count">{counts[tab]}</span>
            )}
          </button>
        ))}
      </div>
    );
  }
}

/**
 * The id of a tab.
 */
export function tabId(base: string, tab: RunTab): string {
  return `${base}-tab-${tab}`;
}

/**
 * The id of what a tab shows.
 */
export function panelId(base: string, tab: RunTab): string {
  return `${base}-panel-${tab}`;
}

function tabWords(run: ShownRun): Record<RunTab, string> {
  const { trans } = run.context;
  return {
    overview: trans.__('Overview'),
    metrics: trans.__('Metrics'),
    log: trans.__('Log'),
    notebook: trans.__('Notebook'),
    files: trans.__('Files')
  };
}

function tabCounts({ model }: ShownRun): Partial<Record<RunTab, string>> {
  const files = model.detail?.outputs.length ?? 0;
  return {
    metrics: model.metrics.series.size.toLocaleString(),
    log: (model.log.dropped + model.log.lines.length).toLocaleString(),
    files: files.toLocaleString()
  };
}
