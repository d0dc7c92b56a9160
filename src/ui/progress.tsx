import * as React from 'react';

/**
 * How far something is, as a bar with its words.
 */
export function Progress({
  done,
  total,
  text
}: {
  done: number;
  total: number;
  text: string;
}): React.JSX.Element {
  const share = total > 0 ? Math.min(1, done / total) : 0;
  return (
    <div
      className="jp-MlxProgress"
      role="progressbar"
      aria-valuemin={0}
      aria-valuemax={total}
      aria-valuenow={Math.min(done, total)}
      aria-valuetext={text}
      aria-label={text}
    >
      <div style={{ width: `${share * 100}%` }} />
    </div>
  );
}
