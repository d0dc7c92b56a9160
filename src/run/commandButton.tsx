import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import * as React from 'react';

/**
 * A button that runs a command; not there where no plugin brought the command.
 */
export function CommandButton({
  commands,
  command,
  args,
  label,
  title,
  isDisabled = false,
  className = ''
}: {
  commands: CommandRegistry;
  command: string;
  args: ReadonlyPartialJSONObject;
  label: string;
  title?: string;
  isDisabled?: boolean;
  className?: string;
}): React.JSX.Element | null {
  if (!commands.hasCommand(command)) {
    return null;
  }
  return (
    <button
      type="button"
      className={`jp-MlxButton ${className}`}
      title={title}
      disabled={isDisabled || !commands.isEnabled(command, args)}
      onClick={() => void commands.execute(command, args)}
    >
      {label}
    </button>
  );
}
