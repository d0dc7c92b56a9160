import { PathExt } from '@jupyterlab/coreutils';
import * as React from 'react';

import type { IPreflight } from '../../api/types';
import type { IOpenNotebook } from '../../models/document';
import type { ITarget } from '../../models/target';
import type { IViewContext } from '../../ui/context';
import { Field } from './field';

/**
 * What a row of the form is given.
 */
export interface IRow {
  context: IViewContext;
  notebook: IOpenNotebook;
  target: ITarget;
  answer: IPreflight | null;

  /**
   * What is wrong with this row; null where nothing is.
   */
  wrong: Error | null;
  choose: (choice: Partial<ITarget>) => void;
}

/**
 * The notebook in front.
 */
export function NotebookRow({
  context: { trans },
  notebook
}: Pick<IRow, 'context' | 'notebook'>): React.JSX.Element {
  const folder = PathExt.dirname(notebook.path);
  return (
    <Field label={trans.__('Notebook')}>
      <div className="jp-MlxLine" title={notebook.path}>
        <span className="jp-MlxLine-main">
          <span className="jp-MlxStrong">
            {PathExt.basename(notebook.path)}
          </span>
          {folder && <span className="jp-MlxDim"> {folder}</span>}
        </span>
        {notebook.isDirty && (
          <span
            className="jp-MlxLine-side jp-MlxDim"
            title={trans.__(
              'It runs as you see it here; saving is not needed.'
            )}
          >
            ● {trans.__('unsaved')}
          </span>
        )}
      </div>
    </Field>
  );
}

/**
 * The folder whose files travel: what the server finds, or a folder above the notebook.
 */
export function ProjectRow({
  context: { trans },
  notebook,
  target,
  answer,
  wrong,
  choose
}: IRow): React.JSX.Element {
  const folders = above(notebook.path);
  const chosen = target.project;
  if (chosen !== null && !folders.includes(chosen)) {
    folders.push(chosen);
  }
  const found =
    answer && chosen === null ? PathExt.basename(answer.project) : null;
  return (
    <Field label={trans.__('Project')} wrong={wrong}>
      <select
        className="jp-MlxEntry"
        aria-label={trans.__('Project: the folder whose files travel')}
        title={answer?.project}
        value={chosen ?? ''}
        onChange={event => {
          choose({ project: event.target.value || null });
        }}
      >
        <option value="">
          {found ? trans.__('%1 (found)', found) : trans.__('found by itself')}
        </option>
        {folders.map(folder => (
          <option key={folder} value={folder}>
            {folder}
          </option>
        ))}
      </select>
    </Field>
  );
}

/**
 * Folders above a notebook as Jupyter's contents have them, the nearest first, without the root.
 */
export function above(path: string): string[] {
  const folders: string[] = [];
  for (
    let folder = PathExt.dirname(path);
    folder !== '';
    folder = PathExt.dirname(folder)
  ) {
    folders.push(folder);
  }
  return folders;
}
