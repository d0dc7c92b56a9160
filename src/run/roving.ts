import type { KeyboardEvent } from 'react';

/**
 * Move the one tab stop of a row of controls with the arrow keys, Home and End.
 */
export function roving(
  event: KeyboardEvent<HTMLElement>,
  current: number,
  count: number,
  choose: (at: number) => void
): void {
  const wanted = new Map([
    ['ArrowLeft', current - 1],
    ['ArrowRight', current + 1],
    ['Home', 0],
    ['End', count - 1]
  ]).get(event.key);
  if (wanted === undefined || event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  event.preventDefault();
  const at = (wanted + count) % count;
  choose(at);
  const controls = event.currentTarget.querySelectorAll('button');
  controls[at]?.focus();
  controls[at]?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}
