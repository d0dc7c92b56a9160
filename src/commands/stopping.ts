import { Notification } from '@jupyterlab/apputils';

import { moment } from '../models/states';
import { ago } from '../ui/format';
import type { ICommandContext } from './context';
import { cut } from './failure';
import { type IKnownRun, runName } from './known';

/**
 * Stop a run, after a question; whether it was asked for now.
 */
export async function stop(
  context: ICommandContext,
  run: IKnownRun,
  ask: boolean
): Promise<boolean> {
  const { remote } = context;
  if (run.cancel_requested !== null) {
    sayAgain(context, run);
    return false;
  }
  if (ask) {
    const { askStop } = await import('./dialogs/questions');
    if (!(await askStop(run, context.trans))) {
      return false;
    }
  }
  await remote.runs.stop(run.id);
  return true;
}

/**
 * A second stop would change nothing: say how far the first has come.
 */
function sayAgain({ trans }: ICommandContext, run: IKnownRun): void {
  const when = ago(moment(run.cancel_requested) ?? Date.now(), trans);
  const how =
    run.cancel_delivered === null
      ? trans.__('%1 is told when it can be reached.', run.machine)
      : trans.__('%1 knows; the run is being ended.', run.machine);
  const text = trans.__(
    '%1: stop was asked for already (%2).',
    runName(run),
    when
  );
  Notification.info(cut(`${text} ${how}`), { autoClose: 5000 });
}
