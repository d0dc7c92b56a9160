import type { Message } from '@lumino/messaging';
import { Panel, type Widget } from '@lumino/widgets';

import { remoteRunsIcon, stateIcons } from '../ui/icons';
import { stateWord } from '../ui/states';
import { CellStripPart } from './cellStrip';
import { FilesTab } from './filesTab';
import { GatePart } from './gate';
import { HeaderPart } from './header';
import { LogTab } from './logTab';
import { MetricsTab } from './metricsTab';
import { NotebookTab } from './notebookTab';
import { OverviewTab } from './overviewTab';
import { type RunTab, type ShownRun } from './shownRun';
import { panelId, tabId, TabsPart } from './tabs';

/**
 * Where a view of a run opens; what is left out is chosen by the run's state.
 */
export interface IRunPlace {
  tab?: RunTab | null;
  cell?: number | null;
}

/**
 * The whole view of a run: header, cells, tabs.
 */
export class RunContent extends Panel {
  constructor(
    readonly run: ShownRun,
    place: IRunPlace
  ) {
    super();
    this.addClass('jp-MlxRun');
    this.id = `jp-mlx-run-${run.id}`;
    this._header = new HeaderPart(run);
    this._strip = new CellStripPart(run);
    this._tabs = new TabsPart(run, this.id);
    this._gate = new GatePart(run);
    this._panels.addClass('jp-MlxRun-panels');
    this._parts = [this._header, this._strip, this._tabs, this._panels];
    [this._gate, ...this._parts].forEach(part => {
      this.addWidget(part);
    });
    this._place = place;
    run.changed.connect(this._onChanged, this);
    run.tabChanged.connect(this._onTab, this);
    this._onChanged();
  }

  override dispose(): void {
    if (!this.isDisposed) {
      super.dispose();
      this.run.dispose();
    }
  }

  /**
   * Go to a place in the view.
   */
  goTo({ tab, cell }: IRunPlace): void {
    if (typeof cell === 'number') {
      this.run.reveal(cell);
    } else if (tab) {
      this.run.tab = tab;
    }
  }

  protected override onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    const tab = document.getElementById(tabId(this.id, this.run.tab));
    (tab ?? this.node).focus();
  }

  private _onChanged(): void {
    const { run } = this;
    const isThere = run.facts !== null && !run.isMissing;
    this._gate.setHidden(isThere);
    this._parts.forEach(part => {
      part.setHidden(!isThere);
    });
    this._entitle();
    if (isThere) {
      this._showTab();
      this._settle();
    }
  }

  /**
   * Go where the view was opened at, once that is known: how a failed run ended is told by its journal, not by the list.
   */
  private _settle(): void {
    const { run } = this;
    const { tab, cell } = this._place ?? {};
    if (!this._place) {
      return;
    }
    if (tab || typeof cell === 'number') {
      this.goTo(this._place);
    } else if (!run.model.detail) {
      return;
    } else if (run.facts?.state === 'failed') {
      const { failedCell, model } = run;
      if (failedCell === null && !model.isOver) {
        return;
      }
      if (failedCell !== null) {
        run.reveal(failedCell);
      }
    }
    this._place = null;
  }

  private _onTab(): void {
    this._place = null; // who chose a tab stays there
    this._showTab();
  }

  private _showTab(): void {
    const wanted = this._panel(this.run.tab);
    for (const [, panel] of this._made) {
      panel.setHidden(panel !== wanted);
    }
  }

  /**
   * What a tab shows, made when it is first looked at.
   */
  private _panel(tab: RunTab): Widget {
    const made = this._made.get(tab) ?? makers[tab](this.run);
    if (!this._made.has(tab)) {
      made.id = panelId(this.id, tab);
      made.node.setAttribute('role', 'tabpanel');
      made.node.setAttribute('aria-labelledby', tabId(this.id, tab));
      this._made.set(tab, made);
      this._panels.addWidget(made);
    }
    return made;
  }

  private _entitle(): void {
    const { facts, context } = this.run;
    const name = facts?.notebook.split('/').pop() ?? '';
    this.title.label = facts ? `#${facts.number} ${name}` : this.run.id;
    this.title.icon = (facts && stateIcons[facts.state]) ?? remoteRunsIcon;
    this.title.caption = facts
      ? context.trans.__(
          'Run #%1 of %2 on %3: %4',
          facts.number,
          facts.notebook,
          facts.machine,
          stateWord(facts.state, context.trans)
        )
      : '';
  }

  private _header: Widget;
  private _strip: Widget;
  private _tabs: Widget;
  private _gate: Widget;
  private _panels = new Panel();
  private _parts: Widget[];
  private _made = new Map<RunTab, Widget>();
  private _place: IRunPlace | null;
}

const makers: Record<RunTab, (run: ShownRun) => Widget> = {
  overview: run => new OverviewTab(run),
  metrics: run => new MetricsTab(run),
  log: run => new LogTab(run),
  notebook: run => new NotebookTab(run),
  files: run => new FilesTab(run)
};
