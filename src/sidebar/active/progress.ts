import type { TranslationBundle } from '@jupyterlab/translation';

import type { IMachineView, IRunSummary } from '../../api/types';
import { isStopping, moment } from '../../models/states';
import { clockTime } from '../../ui/format';

/**
 * How far a run is.
 */
export interface IHowFar {
  done: number;
  total: number;
  text: string;
}

/**
 * How far a run is, in cells once it runs, and before in what is made ready.
 */
export function howFar(run: IRunSummary, trans: TranslationBundle): IHowFar {
  if (run.state === 'running') {
    const at = run.cells_done + (run.cell_running === null ? 0 : 1);
    const text = trans.__('cell %1 of %2', at, run.cells);
    return { done: run.cells_done, total: run.cells, text };
  }
  const { message, done, total } = run.progress;
  return {
    done: typeof done === 'number' ? done : 0,
    total: typeof total === 'number' ? total : 0,
    text:
      typeof message === 'string' && message !== ''
        ? message
        : (run.reason ?? waiting(run, trans))
  };
}

function waiting(run: IRunSummary, trans: TranslationBundle): string {
  switch (run.state) {
    case 'queued':
      return trans.__('waits to be sent');
    case 'sending':
      return trans.__('files are on their way');
    default:
      return trans.__('getting ready');
  }
}

/**
 * What a user should know about a run that no state says: a stop on its way, a machine that is away. Never a verdict.
 */
export function remarks(
  run: IRunSummary,
  machine: IMachineView | null,
  trans: TranslationBundle
): string[] {
  const found: string[] = [];
  const since = moment(machine?.status.unreachable_since ?? null);
  if (isStopping(run)) {
    found.push(
      run.cancel_delivered === null
        ? trans.__('stop asked for, not delivered yet')
        : trans.__('stopping…')
    );
  }
  if (since !== null) {
    found.push(
      run.accepted === null
        ? trans.__('%1 unreachable since %2', run.machine, clockTime(since))
        : trans.__(
            '%1 unreachable since %2; the run goes on there',
            run.machine,
            clockTime(since)
          )
    );
  }
  return found;
}
