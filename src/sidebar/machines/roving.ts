import type { KeyboardEvent } from 'react';

/**
 * Move the focus among the elements of a list that match a selector; whether the key was one of those that move.
 */
export function moveFocus(
  event: KeyboardEvent<HTMLElement>,
  selector: string
): boolean {
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>(selector)];
  const at = rows.findIndex(row => row === document.activeElement);
  const steps: Record<string, number> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    Home: 0,
    End: rows.length - 1
  };
  const to = steps[event.key];
  if (at < 0 || to === undefined) {
    return false;
  }
  event.preventDefault();
  event.stopPropagation();
  rows[Math.min(rows.length - 1, Math.max(0, to))]?.focus();
  return true;
}
