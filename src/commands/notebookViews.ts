import { isCodeCellModel } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';

import { showDifference as showDialog } from '../notebook/differenceDialog';
import { Commands } from '../ui/commands';
import type { INotebookCommandsOptions } from './notebooks';

/**
 * Open the notebook of a run, at one of its cells.
 */
export async function openNotebook(
  { app, remote, tracker }: INotebookCommandsOptions,
  { run = '', cell }: { run?: string; cell?: number }
): Promise<void> {
  const path = remote.runs.get(run)?.path;
  if (!path) {
    return;
  }
  const open = tracker.find(one => sameFile(one.context.path, path));
  if (open) {
    app.shell.activateById(open.id);
  } else {
    await app.commands.execute('docmanager:open', { path });
  }
  const panel = open ?? tracker.find(one => sameFile(one.context.path, path));
  if (!panel || cell === undefined) {
    return;
  }
  await panel.context.ready;
  const held = await remote.open(run);
  try {
    const { cells } = await held.model.source();
    const id = cells.find(({ index }) => index === cell)?.id;
    const at = panel.content.widgets.findIndex(({ model }) => model.id === id);
    if (at >= 0) {
      panel.content.activeCellIndex = at;
      await panel.content.scrollToItem(at, 'center');
    }
  } finally {
    held.dispose();
  }
}

/**
 * Show how a cell differs from what ran, with the output that the run has; the active cell where none is named.
 */
export async function showDifference(
  { app, fills, tracker, trans }: INotebookCommandsOptions,
  path: string,
  cell?: number
): Promise<void> {
  const panel = tracker.find(one => sameFile(one.context.path, path));
  const model =
    panel?.content.widgets[cell ?? panel.content.activeCellIndex]?.model;
  const binding = fills.binding(path);
  const run = fills.runOf(path);
  const ran = model && binding?.source(model.id);
  const index = model && binding?.cell(model.id)?.index;
  if (
    !panel ||
    !model ||
    !binding ||
    !run ||
    typeof ran !== 'string' ||
    index === undefined
  ) {
    return;
  }
  const wantsRun = await showDialog(
    {
      run: run.number,
      ran,
      now: model.sharedModel.getSource(),
      outputs: isCodeCellModel(model) ? binding.outputs(index) : []
    },
    panel.content.rendermime,
    trans
  );
  if (wantsRun) {
    const args = { run: run.id, cell: index };
    await app.commands.execute(Commands.openRun, args);
  } else {
    panel.content.activate();
  }
}

/**
 * Whether a path, perhaps of the drive of shared documents, is that of a run's notebook.
 */
function sameFile(
  open: NotebookPanel['context']['path'],
  path: string
): boolean {
  return open.replace(/^RTC:/, '') === path.replace(/^RTC:/, '');
}
