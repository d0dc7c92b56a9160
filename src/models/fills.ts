import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';

import type { IRunSummary } from '../api/types';

/**
 * How an open notebook stands to a run:
 * `filling` – this tab writes the run's outputs into it; `elsewhere` – another tab does; `asking` – the server has not
 * said yet which; `kept` – all was written before, nothing is any more.
 */
export type FillMode = 'filling' | 'elsewhere' | 'asking' | 'kept';

/**
 * One cell of an open notebook beside the cell of the run it belongs to.
 */
export interface IFilledCell {
  /**
   * The index in the run's notebook.
   */
  readonly index: number;

  /**
   * As `IRunCell.state`; of a run that is over nothing is waiting or running.
   */
  readonly state: string;

  /**
   * Seconds since the epoch, the machine's clock.
   */
  readonly started: number | null;
  readonly duration_s: number | null;

  /**
   * Whether its source is no more what ran.
   */
  readonly isEdited: boolean;

  /**
   * Whether the run has output for it that is not in the notebook.
   */
  readonly isBehind: boolean;

  /**
   * Whether it was run or cleared here: it is the user's again.
   */
  readonly isTaken: boolean;

  /**
   * Bytes of output that the machine kept to itself.
   */
  readonly thinned: number;
}

/**
 * An open notebook that shows a run.
 */
export interface IFill {
  /**
   * The id of the run.
   */
  readonly run: string;
  readonly mode: FillMode;

  /**
   * Whether there are earlier outputs to put back.
   */
  readonly canRestore: boolean;

  /**
   * Whether its cells carry marks.
   */
  readonly hasMarks: boolean;

  /**
   * Why the run could not be compared with the notebook; null where it could.
   */
  readonly error: Error | null;

  /**
   * The cell of the notebook with an id; null where the run has none for it.
   */
  cell(id: string): IFilledCell | null;
}

/**
 * Which open notebooks are filled by which runs. Paths are as Jupyter's contents have them.
 */
export interface IFills {
  /**
   * Something about a notebook's fill changed; its path.
   */
  readonly changed: ISignal<IFills, string>;

  of(path: string): IFill | null;

  /**
   * The run that the notebook shows, else its latest.
   */
  runOf(path: string): IRunSummary | null;

  /**
   * Fill a notebook with a run, its latest where none is named. Raises `Error` where there is none.
   */
  watch(path: string, run?: string): void;

  /**
   * Fill it no more; what is written stays.
   */
  unwatch(path: string): void;

  /**
   * Be the tab that writes.
   */
  takeOver(path: string): void;

  /**
   * Put back the earlier outputs of cells that still hold the run's; how many cells that were.
   */
  restore(path: string): number;

  /**
   * Take all marks off; filling goes on unseen.
   */
  clearMarks(path: string): void;
}

/**
 * The token of the fills.
 */
export const IFills = new Token<IFills>(
  'jupyter-mlx:IFills',
  'Which open notebooks are filled by which runs.'
);
