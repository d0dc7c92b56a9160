import { Dialog, showDialog } from '@jupyterlab/apputils';

import type { IRunSummary } from '../../api/types';
import { stateWord } from '../../ui/states';
import type { ICommandContext } from '../context';
import { machineName } from '../known';

/**
 * Ask what is to happen where a notebook has a run that is not over; null for nothing.
 *
 * @param to The machine of the new run.
 */
export async function askSecondRun(
  { trans, preferences, remote }: ICommandContext,
  open: IRunSummary,
  to: string
): Promise<'beside' | 'stop' | null> {
  const name = machineName(open.machine, trans);
  const slots = remote.machines.get(open.machine)?.machine.slots ?? null;
  const where =
    to !== open.machine
      ? trans.__('The new run goes to %1.', machineName(to, trans))
      : slots === null
        ? trans.__(
            'One notebook per GPU runs there at a time, or one where there is no GPU. What comes on top waits in line there.'
          )
        : trans._n(
            'One notebook runs there at a time. What comes on top waits in line there.',
            '%1 notebooks run there at a time. What comes on top waits in line there.',
            slots
          );
  const result = await showDialog({
    title: trans.__('This notebook is running already'),
    body: `${trans.__('Run #%1 is %2 on %3.', open.number, stateWord(open.state, trans), name)} ${where}`,
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.warnButton({
        label: trans.__('Stop #%1 and Run', open.number),
        actions: ['stop']
      }),
      Dialog.okButton({ label: trans.__('Run as Well'), actions: ['beside'] })
    ],
    checkbox: {
      label: trans.__('Do not ask again: run as well'),
      caption: trans.__('Can be changed in the settings')
    }
  });
  const [action] = result.button.actions;
  if (action === 'beside' && result.isChecked) {
    await preferences.set('askBeforeSecondRun', false);
  }
  return action === 'beside' || action === 'stop' ? action : null;
}
