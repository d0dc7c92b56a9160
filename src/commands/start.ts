import type { CommandRegistry } from '@lumino/commands';

import { Commands } from '../ui/commands';
import { runRemoteIcon } from '../ui/icons';
import { type Args, described, text } from './args';
import type { ICommandContext } from './context';

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
      const { start } = await import('./starting');
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
    execute: async args => {
      const { runOn } = await import('./asking');
      return runOn(context, first(context, args));
    }
  });
  commands.addCommand(Commands.preflight, {
    label: trans.__('Show What Would Travel…'),
    caption: trans.__(
      'Files, packages and parameters of a run of this notebook; nothing is sent'
    ),
    isEnabled,
    describedBy: described({ path: PATH }),
    execute: async args => {
      const { preflight } = await import('./asking');
      await preflight(context, first(context, args));
    }
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
