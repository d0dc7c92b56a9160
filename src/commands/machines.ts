import { Dialog, InputDialog, showDialog } from '@jupyterlab/apputils';
import { addIcon } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { IMachine } from '../api/types';
import { parseAddress } from '../models/address';
import type { Machines } from '../models/machines';
import type { IRemote } from '../models/remote';
import { Commands } from '../ui/commands';

interface IParts {
  commands: CommandRegistry;
  machines: Machines;
  trans: TranslationBundle;
}

/**
 * Commands about the machines: add, edit, remove, test, clean.
 */
export function addMachineCommands(
  commands: CommandRegistry,
  { remote, trans }: { remote: IRemote; trans: TranslationBundle }
): void {
  const parts = { commands, machines: remote.machines, trans };
  addAdding(parts);
  addChanging(parts);
  addTesting(parts);
}

function addAdding({ commands, machines, trans }: IParts): void {
  commands.addCommand(Commands.addMachine, {
    label: trans.__('Add Machine…'),
    caption: trans.__('Put a machine you reach by SSH on your list'),
    icon: addIcon,
    describedBy: {
      args: {
        type: 'object',
        properties: {
          address: {
            type: 'string',
            description: trans.__('What to begin with, as user@host:port')
          }
        }
      }
    },
    execute: async args => {
      const { askNew } = await import('../sidebar/machines/formDialog');
      const typed = parseAddress(text(args['address']) ?? '');
      return askNew(machines, trans, typed ?? {});
    }
  });
}

function addChanging({ commands, machines, trans }: IParts): void {
  commands.addCommand(Commands.editMachine, {
    label: trans.__('Edit Machine…'),
    caption: trans.__('Change the settings of a machine'),
    describedBy: describedBy(trans),
    isEnabled: args => isKnown(machines, args),
    execute: async args => {
      const machine = await chosen(machines, args, trans, () => true);
      if (!machine) {
        return false;
      }
      const { askChanges } = await import('../sidebar/machines/formDialog');
      return askChanges(machines, machine, trans);
    }
  });
  commands.addCommand(Commands.removeMachine, {
    label: trans.__('Remove Machine…'),
    caption: trans.__('Take a machine off your own list'),
    describedBy: describedBy(trans),
    isEnabled: args => isKnown(machines, args, isOurs),
    execute: async args => {
      const machine = await chosen(machines, args, trans, isOurs);
      return machine ? removed(machines, machine, trans) : false;
    }
  });
}

function addTesting({ commands, machines, trans }: IParts): void {
  commands.addCommand(Commands.testMachine, {
    label: trans.__('Test Machine'),
    caption: trans.__('See line by line whether notebooks can run there'),
    describedBy: describedBy(trans),
    isEnabled: args => isKnown(machines, args),
    execute: async args => {
      const machine = await chosen(machines, args, trans, () => true);
      if (!machine) {
        return false;
      }
      if (
        text(args['machine']) === null &&
        commands.hasCommand(Commands.showPanel)
      ) {
        await commands.execute(Commands.showPanel);
      }
      return machines.runTest(machine.name);
    }
  });
  commands.addCommand(Commands.cleanMachine, {
    label: trans.__('Clean Machine…'),
    caption: trans.__('Free the space that nobody needs any more'),
    describedBy: describedBy(trans),
    isEnabled: args => isKnown(machines, args),
    execute: async args => {
      const machine = await chosen(machines, args, trans, () => true);
      if (!machine) {
        return null;
      }
      const { askCleaning } = await import('../sidebar/machines/cleanDialog');
      return askCleaning(machines, machine, trans);
    }
  });
}

async function removed(
  machines: Machines,
  { name }: IMachine,
  trans: TranslationBundle
): Promise<boolean> {
  const { button } = await showDialog({
    title: trans.__('Remove %1 from your list?', name),
    body: trans.__(
      'Nothing on the machine is touched, and its runs stay in the history.'
    ),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.warnButton({ label: trans.__('Remove') })
    ],
    defaultButton: 0
  });
  if (button.accept) {
    await machines.remove(name);
  }
  return button.accept;
}

/**
 * The machine that the arguments name, or that the person picks; null where there is none.
 */
async function chosen(
  machines: Machines,
  args: ReadonlyPartialJSONObject,
  trans: TranslationBundle,
  fits: (machine: IMachine) => boolean
): Promise<IMachine | null> {
  const name = text(args['machine']);
  if (name !== null) {
    const found = machines.get(name)?.machine;
    return found && fits(found) ? found : null;
  }
  const names = machines.all
    .filter(({ machine }) => fits(machine))
    .map(({ machine }) => machine.name);
  if (names.length === 0) {
    return null;
  }
  const { value } = await InputDialog.getItem({
    title: trans.__('Which machine?'),
    items: names
  });
  return value === null ? null : (machines.get(value)?.machine ?? null);
}

function isKnown(
  machines: Machines,
  args: ReadonlyPartialJSONObject,
  fits: (machine: IMachine) => boolean = () => true
): boolean {
  const name = text(args['machine']);
  const found = name === null ? null : machines.get(name)?.machine;
  return found === null || (found !== undefined && fits(found));
}

function isOurs({ source }: IMachine): boolean {
  return source === 'list';
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function describedBy(trans: TranslationBundle) {
  return {
    args: {
      type: 'object',
      properties: {
        machine: {
          type: 'string',
          description: trans.__('Its name; asked for where it is left out')
        }
      }
    }
  };
}
