import type * as nbformat from '@jupyterlab/nbformat';
import type { Contents } from '@jupyterlab/services';

import type { INewRun } from '../api/types';
import type { IOpenNotebook } from '../models/document';
import { type ITarget, METADATA_KEY, wanted } from '../models/target';
import { type Args, index, text, texts } from './args';
import type { ICommandContext } from './context';

/**
 * A notebook that is to run: as it is open, or as it lies on disk.
 */
export interface IWish {
  path: string;

  /**
   * The notebook as it is open; null where the server is to read the file.
   */
  content: nbformat.INotebookContent | null;
  target: ITarget;

  /**
   * The index of the first cell to run; null for all.
   */
  from: number | null;
}

/**
 * What a command's arguments ask to run; null where there is no notebook to run.
 */
export async function wish(
  context: ICommandContext,
  args: Args
): Promise<IWish | null> {
  const { targets, contents } = context;
  const open = notebook(context, args);
  const path = open?.path ?? text(args, 'path');
  if (path === null) {
    return null;
  }
  await targets.ready;
  const metadata = open ? open.metadata : await saved(contents, path);
  const target = targets.of(path, metadata);
  return {
    path,
    content: open && loaded(open),
    target: {
      ...target,
      machine: text(args, 'machine') ?? target.machine,
      params: { ...target.params, ...texts(args, 'params') }
    },
    from: index(args, 'from')
  };
}

/**
 * The content of an open notebook; null while its editor is still empty because the file has not come yet.
 */
function loaded(open: IOpenNotebook): nbformat.INotebookContent | null {
  const content = open.content();
  return open.isDirty || content.cells.length > 0 ? content : null;
}

/**
 * The open notebook that a command's arguments name, or the one in front; null where neither is there.
 */
export function notebook(
  { notebooks }: ICommandContext,
  args: Args
): IOpenNotebook | null {
  const path = text(args, 'path');
  return path === null ? notebooks.current : notebooks.get(path);
}

/**
 * The request that a wish is, as the server takes it.
 */
export function request(
  { path, content, target, from }: IWish,
  contents: Contents.IManager,
  id?: string
): INewRun {
  const nothing = { cells: [], metadata: {}, nbformat: 4, nbformat_minor: 5 };
  const whole = wanted(local(contents, path), content ?? nothing, target, id);
  const found: INewRun = { ...whole };
  if (content === null) {
    found.content = null;
  }
  if (from !== null) {
    found.first_cell = from;
  }
  return found;
}

/**
 * A path without the drive that a collaboration puts before it; the file is the same.
 */
function local(contents: Contents.IManager, path: string): string {
  return contents.driveName(path) === 'RTC' ? contents.localPath(path) : path;
}

/**
 * What the metadata of a notebook on disk says under our key; a file that cannot be read is the server's to report.
 */
async function saved(
  contents: Contents.IManager,
  path: string
): Promise<unknown> {
  try {
    const model = await contents.get(path, { content: true });
    const content = model.content as Partial<nbformat.INotebookContent> | null;
    return content?.metadata?.[METADATA_KEY] ?? null;
  } catch {
    return null;
  }
}
