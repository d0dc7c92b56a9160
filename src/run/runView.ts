import { MainAreaWidget } from '@jupyterlab/apputils';

import type { IRunViewContext } from './context';
import { type IRunPlace, RunContent } from './runContent';
import { type RunTab, ShownRun, TABS } from './shownRun';

/**
 * A run as a document of the main area.
 */
export type RunView = MainAreaWidget<RunContent>;

/**
 * Make the view of a run. This module brings the charts, so it is loaded with the first view.
 */
export async function makeRunView(
  context: IRunViewContext,
  run: string,
  place: IRunPlace
): Promise<RunView> {
  const open = await context.remote.open(run);
  const content = new RunContent(new ShownRun(context, open), place);
  const view = new MainAreaWidget({ content });
  view.id = `jp-mlx-run-view-${run}`;
  view.toolbar.hide();
  content.node.setAttribute('aria-label', context.trans.__('Remote run'));
  return view;
}

/**
 * The tab with that name; null where there is none.
 */
export function readTab(name: string | null): RunTab | null {
  return TABS.find(tab => tab === name) ?? null;
}
