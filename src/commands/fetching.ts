import { InputDialog, Notification } from '@jupyterlab/apputils';

import type { IFetchedFiles } from '../api/types';
import { ApiError } from '../models/remote';
import type { ICommandContext } from './context';
import { cut } from './failure';
import { type IKnownRun, runName } from './known';

/**
 * Write the results of a run into a folder of the file browser; the folder, or null where none was chosen.
 */
export async function fetch(
  context: ICommandContext,
  run: IKnownRun,
  given: string | null
): Promise<string | null> {
  const folder = given ?? (await askFolder(context, run));
  if (folder === null) {
    return null;
  }
  const done = await write(context, run, folder);
  if (!done) {
    return null;
  }
  say(context, run, done);
  return folder;
}

async function askFolder(
  { trans }: ICommandContext,
  run: IKnownRun
): Promise<string | null> {
  const name = run.notebook
    .split('/')
    .pop()
    ?.replace(/\.ipynb$/, '');
  const result = await InputDialog.getText({
    title: trans.__('Save the results of %1', runName(run)),
    label: trans.__('Folder, made if it is not there'),
    text: `runs/${name ?? 'run'}-${run.number}`,
    okLabel: trans.__('Save')
  });
  const folder = result.value?.trim().replace(/^\/+|\/+$/g, '') ?? '';
  return result.button.accept && folder !== '' ? folder : null;
}

async function write(
  { remote, trans }: ICommandContext,
  run: IKnownRun,
  folder: string
): Promise<IFetchedFiles | null> {
  try {
    return await remote.runs.fetch(run.id, { folder });
  } catch (reason) {
    if (!(reason instanceof ApiError && reason.code === 'conflict')) {
      throw reason;
    }
    const { askOverwrite } = await import('./dialogs/questions');
    return (await askOverwrite(reason, trans))
      ? remote.runs.fetch(run.id, { folder, force: true })
      : null;
  }
}

function say(
  { trans, commands }: ICommandContext,
  run: IKnownRun,
  done: IFetchedFiles
): void {
  const count = done.files.length + (done.notebook === null ? 0 : 1);
  const missing = done.skipped.length + done.missing_media.length;
  const text = trans._n(
    '%1 file of %2 is in %3.',
    '%1 files of %2 are in %3.',
    count,
    runName(run),
    done.folder
  );
  const lacking = trans._n(
    '%1 could not be had.',
    '%1 could not be had.',
    missing
  );
  const actions = [
    {
      label: trans.__('Show'),
      callback: () => {
        void commands.execute('filebrowser:open-path', { path: done.folder });
      }
    }
  ];
  if (missing > 0) {
    Notification.warning(cut(`${text} ${lacking}`), {
      autoClose: false,
      actions
    });
  } else {
    Notification.success(cut(text), { autoClose: 5000, actions });
  }
}
