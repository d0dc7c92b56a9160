import { PathExt } from '@jupyterlab/coreutils';

import type { IRunSummary } from '../api/types';

/**
 * How a run is named in lists: its title, else its notebook's name.
 */
export function runName(run: Pick<IRunSummary, 'title' | 'notebook'>): string {
  return run.title || PathExt.basename(run.notebook);
}
