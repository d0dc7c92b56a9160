import type { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IRunSummary } from '../api/types';
import type { IPreferences, IPreferenceValues } from '../models/preferences';
import type { IStart } from '../models/starts';
import { elapsed } from '../models/states';
import { duration } from '../ui/format';
import { runName } from './known';

/**
 * What to say of a run, and how loudly.
 */
export interface INews {
  message: string;
  type: Notification.TypeOptions;

  /**
   * Milliseconds in sight; false until it is closed, 0 for the list of notifications alone.
   */
  autoClose: number | false;

  /**
   * The setting that "do not show again" turns off; null where there is none.
   */
  mutes:
    keyof Pick<IPreferenceValues, 'notifyFailed' | 'notifyFinished'> | null;

  /**
   * The cell to open the run at; null for none.
   */
  cell: number | null;
}

const BRIEFLY = 8000; // ms
const QUIETLY = 0;

/**
 * A run was asked for and nobody has answered yet.
 */
export function sending(
  { path, machine }: IStart,
  isSeen: boolean,
  trans: TranslationBundle
): INews {
  return {
    message: trans.__('Sending %1 to %2…', path, machineName(machine, trans)),
    type: 'in-progress',
    autoClose: isSeen ? QUIETLY : BRIEFLY,
    mutes: null,
    cell: null
  };
}

/**
 * What a run's state is worth saying. Failures are said; the end of a long run too, where nobody is looking.
 */
export function news(
  run: IRunSummary,
  {
    preferences,
    isHidden,
    trans
  }: {
    preferences: Pick<IPreferences, 'get'>;
    isHidden: boolean;
    trans: TranslationBundle;
  }
): INews {
  const quiet = { autoClose: QUIETLY, mutes: null, cell: null } as const;
  const name = runName(run);
  const machine = machineName(run.machine, trans);
  const took = elapsed(run);
  switch (run.state) {
    case 'failed':
    case 'lost':
      return {
        message: failure(run, trans),
        type: 'error',
        autoClose: preferences.get('notifyFailed') ? false : QUIETLY,
        mutes: preferences.get('notifyFailed') ? 'notifyFailed' : null,
        cell: run.cell_failed
      };
    case 'succeeded': {
      const isLong = (took ?? 0) > preferences.get('notifyAfterSeconds');
      const isLoud = isLong && isHidden && preferences.get('notifyFinished');
      const when = took === null ? '' : ` (${duration(took)})`;
      return {
        message: trans.__('%1 finished on %2', name, machine) + when,
        type: 'success',
        autoClose: isLoud ? false : QUIETLY,
        mutes: isLoud ? 'notifyFinished' : null,
        cell: null
      };
    }
    case 'cancelled':
      return { ...quiet, message: stopped(run, trans), type: 'default' };
    case 'queued':
      return run.reason
        ? {
            ...quiet,
            message: trans.__(
              '%1 is queued: sent when %2 is back (%3)',
              name,
              machine,
              run.reason
            ),
            type: 'warning',
            autoClose: BRIEFLY
          }
        : {
            ...quiet,
            message: trans.__('%1 is queued for %2', name, machine),
            type: 'in-progress'
          };
    default:
      return {
        ...quiet,
        message: trans.__('%1 goes on on %2', name, machine),
        type: 'in-progress'
      };
  }
}

function failure(run: IRunSummary, trans: TranslationBundle): string {
  const name = runName(run);
  const why = run.reason ? `: ${run.reason}` : '';
  return (
    (run.state === 'lost'
      ? trans.__('%1 was lost', name)
      : run.cell_failed === null
        ? trans.__('%1 failed', name)
        : trans.__('%1 failed in cell %2', name, run.cell_failed + 1)) + why
  );
}

function stopped(run: IRunSummary, trans: TranslationBundle): string {
  return run.cancel_requested === null
    ? trans.__('%1 was stopped', runName(run))
    : trans.__('%1 was stopped by you', runName(run));
}

function machineName(name: string, trans: TranslationBundle): string {
  return name === 'local' ? trans.__('this computer') : name;
}
