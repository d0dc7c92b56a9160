import type * as nbformat from '@jupyterlab/nbformat';
import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';

/**
 * A notebook that is open in an editor.
 */
export interface IOpenNotebook {
  /**
   * As Jupyter's contents have it.
   */
  readonly path: string;

  /**
   * Whether it has changes that are not on disk; they travel all the same.
   */
  readonly isDirty: boolean;

  /**
   * The index of the active cell.
   */
  readonly activeCell: number;

  /**
   * What the notebook's metadata says under our key.
   */
  readonly metadata: unknown;

  /**
   * The notebook as it is open, without outputs: those do not travel.
   */
  content(): nbformat.INotebookContent;

  /**
   * Set what the metadata says under our key; null takes the key away.
   */
  setMetadata(value: object | null): void;

  /**
   * Show a cell.
   */
  reveal(cell: number): void;
}

/**
 * The notebooks that are open, and the one in front.
 */
export interface IOpenNotebooks {
  /**
   * The one people look at or looked at last; null where none is open.
   */
  readonly current: IOpenNotebook | null;

  /**
   * Another one is in front, or it has another path.
   */
  readonly currentChanged: ISignal<IOpenNotebooks, IOpenNotebook | null>;

  /**
   * The one in front was edited or saved.
   */
  readonly edited: ISignal<IOpenNotebooks, IOpenNotebook>;

  get(path: string): IOpenNotebook | null;
}

/**
 * The token of the open notebooks.
 */
export const IOpenNotebooks = new Token<IOpenNotebooks>(
  'jupyter-mlx:IOpenNotebooks',
  'The notebooks that are open, without their widgets.'
);
