import { type KeyboardEvent, useEffect, useRef, useState } from 'react';

/**
 * A list with one tab stop, in which arrows move.
 */
export interface IRoving {
  /**
   * The row that Tab comes to.
   */
  current: string | null;

  /**
   * Move to a row, with the focus.
   */
  move: (id: string) => void;

  /**
   * A row was clicked, or something inside it has the focus.
   */
  onFocus: (id: string) => void;

  /**
   * Arrows, Home and End; whether the key was one of them.
   */
  onKeyDown: (event: KeyboardEvent) => boolean;
}

/**
 * Roving tabindex over rows that have `data-row="ID"` inside `list`.
 *
 * @param ids All rows in order, also those that are not in the page just now.
 * @param reveal Bring a row into the page before it gets the focus.
 */
export function useRoving(
  ids: readonly string[],
  list: { readonly current: HTMLElement | null },
  reveal?: (at: number) => void
): IRoving {
  const [chosen, setChosen] = useState<string | null>(null);
  const wanted = useRef<string | null>(null);
  const at = chosen === null ? -1 : ids.indexOf(chosen);
  const current = at < 0 ? (ids[0] ?? null) : chosen;
  useEffect(() => {
    const id = wanted.current;
    const row = id === null ? null : rowOf(list.current, id);
    if (row) {
      wanted.current = null;
      row.focus();
    }
  });
  const move = (id: string): void => {
    wanted.current = id;
    setChosen(id);
    reveal?.(ids.indexOf(id));
  };
  const onKeyDown = (event: KeyboardEvent): boolean => {
    const from = Math.max(0, at);
    const steps: Record<string, number> = {
      ArrowDown: from + 1,
      ArrowUp: from - 1,
      PageDown: from + 10,
      PageUp: from - 10,
      Home: 0,
      End: ids.length - 1
    };
    const to = steps[event.key];
    const id = ids[Math.min(ids.length - 1, Math.max(0, to ?? 0))];
    if (to === undefined || id === undefined) {
      return false;
    }
    event.preventDefault();
    event.stopPropagation();
    move(id);
    return true;
  };
  return { current, move, onFocus: setChosen, onKeyDown };
}

function rowOf(list: HTMLElement | null, id: string): HTMLElement | null {
  for (const row of list?.querySelectorAll<HTMLElement>('[data-row]') ?? []) {
    if (row.dataset['row'] === id) {
      return row;
    }
  }
  return null;
}
