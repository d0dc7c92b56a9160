import * as React from 'react';

import { stateIcons } from './icons';

/**
 * A state as icon and word: the shape says it too, colour is never alone.
 */
export function StateMark({
  state,
  word,
  isWordHidden = false
}: {
  state: string;
  word: string;

  /**
   * Whether the word is for screen readers and the tooltip only.
   */
  isWordHidden?: boolean;
}): React.JSX.Element {
  const icon = stateIcons[state] ?? stateIcons['waiting'];
  return (
    <span className="jp-MlxState" data-state={state} title={word}>
      {icon && <icon.react tag="span" className="jp-MlxState-icon" />}
      <span className={isWordHidden ? 'jp-MlxUnseen' : 'jp-MlxState-word'}>
        {word}
      </span>
    </span>
  );
}
