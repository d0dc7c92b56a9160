import * as React from 'react';

import { ansiPieces } from './ansi';

/**
 * Text of a terminal with its colours.
 */
export function AnsiText({
  text,
  label
}: {
  text: string;

  /**
   * What a screen reader says of it.
   */
  label: string;
}): React.JSX.Element {
  const end = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    end.current?.scrollTo({ top: end.current.scrollHeight });
  }, [text]);
  return (
    <div
      ref={end}
      className="jp-RenderedText jp-MlxTerminal"
      role="region"
      aria-label={label}
      tabIndex={0}
    >
      <pre>
        {text.split('\n').map((line, row) => (
          <React.Fragment key={row}>
            {ansiPieces(line).map((piece, at) => (
              <span
                key={at}
                className={piece.classes.join(' ') || undefined}
                style={{
                  color: piece.color ?? undefined,
                  backgroundColor: piece.background ?? undefined
                }}
              >
                {piece.text}
              </span>
            ))}
            {'\n'}
          </React.Fragment>
        ))}
      </pre>
    </div>
  );
}
