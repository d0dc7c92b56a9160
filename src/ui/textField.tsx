import * as React from 'react';
import { useEffect, useRef, useState } from 'react';

const PAUSE = 500; // ms without a key after which a value counts

/**
 * A line of text that counts once typing pauses, at Enter, or when the field is left. Escape takes it back.
 */
export function TextField({
  value,
  label,
  placeholder,
  isWrong = false,
  describedBy,
  onCommit
}: {
  value: string;
  label: string;
  placeholder?: string;
  isWrong?: boolean;

  /**
   * The id of the element that says what is wrong.
   */
  describedBy?: string | undefined;
  onCommit: (value: string) => void;
}): React.JSX.Element {
  const [draft, setDraft] = useState<string | null>(null);
  const timer = useRef(0);
  useEffect(
    () => () => {
      window.clearTimeout(timer.current);
    },
    []
  );
  const commit = (text: string | null): void => {
    window.clearTimeout(timer.current);
    if (text !== null && text !== value) {
      onCommit(text);
    }
  };
  const type = (text: string): void => {
    setDraft(text);
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      commit(text);
    }, PAUSE);
  };
  const leave = (): void => {
    commit(draft);
    setDraft(null);
  };
  return (
    <input
      type="text"
      className="jp-MlxEntry"
      spellCheck={false}
      autoComplete="off"
      value={draft ?? value}
      placeholder={placeholder}
      aria-label={label}
      aria-invalid={isWrong || undefined}
      aria-describedby={describedBy}
      onChange={event => {
        type(event.target.value);
      }}
      onBlur={leave}
      onKeyDown={event => {
        if (event.key === 'Enter') {
          leave();
        } else if (event.key === 'Escape' && draft !== null) {
          event.stopPropagation();
          window.clearTimeout(timer.current);
          setDraft(null);
        }
      }}
    />
  );
}
