import type { IStateDB } from '@jupyterlab/statedb';
import type { ITranslator } from '@jupyterlab/translation';
import { SidePanel } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { AccordionPanel, type Widget } from '@lumino/widgets';
import type * as React from 'react';

import type { IViewContext } from '../ui/context';
import { remoteRunsIcon } from '../ui/icons';
import { makeHead } from './head';
import { heights } from './heights';
import { Section } from './section';
import type { SectionName } from './sections';
import { PanelState } from './state';

const TITLE = 32; // px, as the lab's accordions have it
const LOWEST = 56; // as style/sidebar.css has it

/**
 * The panel of remote runs. Nothing in it works while it cannot be seen.
 */
export class RemoteRunsPanel extends SidePanel {
  constructor(
    context: IViewContext,
    db: IStateDB | null,
    translator: ITranslator | null
  ) {
    super(translator ? { translator } : {});
    const { trans } = context;
    this.id = 'jupyter-mlx-panel';
    this.addClass('jp-MlxPanel');
    this.title.icon = remoteRunsIcon;
    this.title.caption = trans.__('Remote runs');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Remote runs'));
    this._state = new PanelState(db);
    this._labels = {
      launch: trans.__('Launch'),
      active: trans.__('Active'),
      history: trans.__('History'),
      machines: trans.__('Machines')
    };
    this.header.addWidget(makeHead(context));
    for (const name of NAMES) {
      this._add(name, context);
    }
    void this._state.ready.then(() => {
      this._restore();
    });
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this._arrange();
  }

  protected override onResize(msg: Widget.ResizeMessage): void {
    super.onResize(msg);
    this._arrange();
  }

  private _add(name: SectionName, context: IViewContext): void {
    const section = new Section(name, async () => {
      await this._state.ready;
      this._views ??= import('./sections').then(({ makeViews }) =>
        makeViews(context, this._state, this._setCount)
      );
      return (await this._views)[name];
    });
    section.title.label = this._labels[name];
    section.node.setAttribute('role', 'region');
    section.node.setAttribute('aria-label', this._labels[name]);
    section.contentResized.connect(this._arrange, this);
    this._sections.push(section);
    this.addWidget(section);
  }

  /**
   * Collapse and size the sections as the user left them; from then on remember what the user does.
   */
  private _restore(): void {
    const accordion = this._accordion;
    if (!accordion || this.isDisposed) {
      return;
    }
    NAMES.forEach((name, at) => {
      if (this._state.value.collapsed.includes(name)) {
        accordion.collapse(at);
      }
    });
    accordion.expansionToggled.connect(() => {
      const collapsed = NAMES.filter(
        (_, at) => accordion.widgets[at]?.isHidden
      );
      this._state.set({ collapsed, sizes: null });
      this._arrange();
    });
    accordion.handleMoved.connect(() => {
      this._state.set({ sizes: accordion.relativeSizes() });
    });
    this._arrange();
  }

  /**
   * Give each section the height its content needs, and the list of runs the rest, unless the user set them by hand.
   */
  private _arrange(): void {
    const accordion = this._accordion;
    if (!accordion || !this.isVisible) {
      return;
    }
    const { sizes } = this._state.value;
    if (sizes?.length === NAMES.length) {
      accordion.setRelativeSizes(sizes);
      return;
    }
    const taken = (TITLE + accordion.spacing) * NAMES.length;
    const space = accordion.node.clientHeight - taken;
    const needed = this._sections.map(({ name, isHidden, contentHeight }) => ({
      isHidden,
      height: Math.max(contentHeight + 1, LOWEST),
      least: LEAST[name]
    }));
    const rest = NAMES.indexOf('history');
    accordion.setRelativeSizes(heights(needed, rest, space));
  }

  private _setCount = (
    name: SectionName,
    count: number,
    hasMore = false
  ): void => {
    const title = this._accordion?.titles[NAMES.indexOf(name)];
    const label = title?.querySelector('.lm-AccordionPanel-titleLabel');
    if (label) {
      // The title itself is left alone: a new one would lose the focus.
      label.textContent = `${this._labels[name]} (${count}${hasMore ? '+' : ''})`;
    }
  };

  private get _accordion(): AccordionPanel | null {
    return this.content instanceof AccordionPanel ? this.content : null;
  }

  private _sections: Section[] = [];
  private _state: PanelState;
  private _labels: Record<SectionName, string>;
  private _views: Promise<Record<SectionName, React.ComponentType>> | null =
    null;
}

// Heights in pixels that a section can still be worked with.
const LEAST: Readonly<Record<SectionName, number>> = {
  launch: 170,
  active: 100,
  history: 170,
  machines: 90
};

const NAMES: readonly SectionName[] = [
  'launch',
  'active',
  'history',
  'machines'
];
