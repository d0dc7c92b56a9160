import type { CommandRegistry } from '@lumino/commands';

import { Commands } from '../ui/commands';
import { runRemoteIcon } from '../ui/icons';
import { type Args, described, text } from './args';
import type { ICommandContext } from './context';
import { tell } from './failure';
import { start } from './starting';
import { request, wish } from './wish';

const PATH = {
  type: 'string',
  description: 'The notebook, as Jupyter has it; the one in front if left out'
};

/**
 * Commands that start runs, or say what would start.
 */
export function addStartCommands(
  commands: CommandRegistry,
  context: ICommandContext
): void {
  const { trans } = context;
  const isEnabled = (args: Args): boolean =>
    text(args, 'path') !== null ||
    args['selected'] === true ||
    context.notebooks.current !== null;
  commands.addCommand(Commands.runNotebook, {
    label: args => label(context, args),
    caption: trans.__(
      'Run the notebook as it is open here, on the machine chosen for it'
    ),
    icon: runRemoteIcon,
    isEnabled,
    describedBy: describedRun(),
    execute: async args => {
      if (args['selected'] !== true) {
        return start(context, args);
      }
      const ids: (string | null)[] = [];
      for (const path of context.selected()) {
        ids.push(await start(context, { ...args, path }));
      }
      return ids;
    }
  });
  commands.addCommand(Commands.runOn, {
    label: trans.__('Run on Another Machine…'),
    caption: trans.__('Pick the machine for this one run'),
    icon: runRemoteIcon,
    isEnabled,
    describedBy: described({ path: PATH }),
    execute: args => runOn(context, first(context, args))
  });
  commands.addCommand(Commands.preflight, {
    label: trans.__('Show What Would Travel…'),
    caption: trans.__(
      'Files, packages and parameters of a run of this notebook; nothing is sent'
    ),
    isEnabled,
    describedBy: described({ path: PATH }),
    execute: args => preflight(context, first(context, args))
  });
}

function label({ trans }: ICommandContext, args: Args): string {
  const machine = text(args, 'machine');
  if (machine !== null) {
    return machine === 'local'
      ? trans.__('Run on This Computer')
      : trans.__('Run on %1', machine);
  }
  return typeof args['from'] === 'number'
    ? trans.__('Run Remotely from the Active Cell')
    : trans.__('Run Remotely');
}

function describedRun(): ReturnType<typeof described> {
  return described({
    path: PATH,
    machine: {
      type: 'string',
      description: 'The machine for this one run; the chosen one if left out'
    },
    params: {
      type: 'object',
      description: 'Values of the parameters cell, over those chosen'
    },
    from: {
      type: 'integer',
      description: 'The index of the first cell to run'
    },
    selected: {
      type: 'boolean',
      description: 'Run what is selected in the file browser'
    }
  });
}

/**
 * Arguments for one notebook, where the file browser may have several selected.
 */
function first(context: ICommandContext, args: Args): Args {
  const [path] = args['selected'] === true ? context.selected() : [];
  return path === undefined ? args : { ...args, path };
}

async function runOn(
  context: ICommandContext,
  args: Args
): Promise<string | null> {
  const { trans, targets } = context;
  const wanted = await wish(context, args);
  if (!wanted) {
    return null;
  }
  const { askMachine } = await import('./dialogs/machine');
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

async function preflight(context: ICommandContext, args: Args): Promise<void> {
  const { trans, remote, contents } = context;
  const wanted = await wish(context, args);
  if (!wanted) {
    return;
  }
  try {
    const { showPreflight } = await import('./dialogs/preflight');
    if (await showPreflight(remote, request(wanted, contents), trans)) {
      const machine = wanted.target.machine ?? 'local'; // as the dialog showed it
      await start(context, { ...args, machine });
    }
  } catch (reason) {
    tell(reason, trans.__('The dry run did not open'), context);
  }
}
