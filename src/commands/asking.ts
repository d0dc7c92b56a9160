import type { Args } from './args';
import type { ICommandContext } from './context';
import { askMachine } from './dialogs/machine';
import { showPreflight } from './dialogs/preflight';
import { tell } from './failure';
import { start } from './starting';
import { request, wish } from './wish';

/**
 * Run a notebook on a machine that is picked for this one run; the id of the run, null where none was started.
 */
export async function runOn(
  context: ICommandContext,
  args: Args
): Promise<string | null> {
  const { trans, targets } = context;
  const wanted = await wish(context, args);
  if (!wanted) {
    return null;
  }
  const { path, target } = wanted;
  const title = trans.__('Run %1 on', path.split('/').pop());
  const machine = await askMachine(context, title, target.machine);
  if (machine === null) {
    return null;
  }
  if (target.machine === null) {
    targets.choose(path, { machine }); // the first choice is one for good
  }
  return start(context, { ...args, path, machine });
}

/**
 * Show what a run of a notebook would take along, and start it from there if that is wanted.
 */
export async function preflight(
  context: ICommandContext,
  args: Args
): Promise<void> {
  const { trans, remote, contents } = context;
  const wanted = await wish(context, args);
  if (!wanted) {
    return;
  }
  try {
    if (await showPreflight(remote, request(wanted, contents), trans)) {
      const machine = wanted.target.machine ?? 'local'; // as the dialog showed it
      await start(context, { ...args, machine });
    }
  } catch (reason) {
    tell(reason, trans.__('The dry run did not open'), context);
  }
}
