import type { LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

/**
 * A small button that is an icon; its label is its tooltip, and what a screen reader says.
 */
export function IconButton({
  icon,
  label,
  onPress,
  isPressed,
  isMenu = false,
  isDisabled = false,
  isTabStop = true
}: {
  icon: LabIcon;
  label: string;
  onPress: (button: HTMLButtonElement) => void;

  /**
   * Whether it is on, for one that switches something.
   */
  isPressed?: boolean;

  /**
   * Whether it opens a menu.
   */
  isMenu?: boolean;
  isDisabled?: boolean;
  isTabStop?: boolean;
}): React.JSX.Element {
  return (
    <button
      type="button"
      className="jp-MlxIconButton"
      title={label}
      aria-label={label}
      aria-pressed={isPressed}
      aria-haspopup={isMenu ? 'menu' : undefined}
      disabled={isDisabled}
      tabIndex={isTabStop ? undefined : -1}
      onClick={event => {
        event.stopPropagation();
        onPress(event.currentTarget);
      }}
    >
      <icon.react tag="span" width="16px" height="16px" />
    </button>
  );
}
