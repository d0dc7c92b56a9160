import type { Contents } from '@jupyterlab/services';

import type { IPreferences } from '../models/preferences';
import type { IStarts } from '../models/starts';
import type { IViewContext } from '../ui/context';

/**
 * What the commands of this folder act with.
 */
export interface ICommandContext extends IViewContext {
  readonly preferences: IPreferences;
  readonly starts: IStarts;
  readonly contents: Contents.IManager;

  /**
   * Paths of the notebooks selected in the file browser.
   */
  selected(): string[];

  /**
   * The id of the run whose view is in front; null where something else is.
   */
  frontRun(): string | null;
}
