import { Dialog, showDialog } from '@jupyterlab/apputils';

import type { IRunSummary } from '../../api/types';
import { stateWord } from '../../ui/states';
import type { ICommandContext } from '../context';

/**
 * Ask what is to happen where a notebook has a run that is not over; null for nothing.
 */
export async function askSecondRun(
  { trans, preferences, remote }: ICommandContext,
  open: IRunSummary
): Promise<'beside' | 'stop' | null> {
  const machine = remote.machines.get(open.machine)?.machine;
  const slots = machine?.slots ?? null;
  const where =
    slots === null
      ? trans.__(
          'A machine runs one notebook per GPU at a time, or one where it has none: a second run on %1 waits in line there.',
          open.machine
        )
      : trans._n(
          '%2 runs one notebook at a time: a second run waits in line there.',
          '%2 runs %1 notebooks at a time: a second run starts beside the first while there is room, and else waits in line there.',
          slots,
          open.machine
        );
  const result = await showDialog({
    title: trans.__('This notebook is running already'),
    body: `${trans.__('Run #%1 is %2 on %3.', open.number, stateWord(open.state, trans), open.machine)} ${where}`,
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
