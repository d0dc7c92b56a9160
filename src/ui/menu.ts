import type { LabIcon } from '@jupyterlab/ui-components';
import { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';

/**
 * An entry of a menu that opens at a button.
 */
export interface IMenuEntry {
  label: string;
  icon?: LabIcon;
  isEnabled?: boolean;
  run: () => void;
}

/**
 * Open a menu below a button, null being a line between entries; the focus goes back to the button.
 */
export function openMenu(
  entries: readonly (IMenuEntry | null)[],
  button: HTMLElement
): void {
  const commands = new CommandRegistry();
  const menu = new Menu({ commands });
  entries.forEach((entry, at) => {
    if (!entry) {
      menu.addItem({ type: 'separator' });
      return;
    }
    const id = `entry-${at}`;
    commands.addCommand(id, {
      label: entry.label,
      describedBy: { args: {} },
      ...(entry.icon ? { icon: entry.icon } : {}),
      isEnabled: () => entry.isEnabled ?? true,
      execute: entry.run
    });
    menu.addItem({ command: id });
  });
  button.setAttribute('aria-expanded', 'true');
  menu.aboutToClose.connect(() => {
    button.setAttribute('aria-expanded', 'false');
    button.focus();
    window.setTimeout(() => {
      menu.dispose(); // the entry runs after the menu closed
    });
  });
  const { left, bottom } = button.getBoundingClientRect();
  menu.open(left, bottom);
  menu.activeIndex = 0;
}
