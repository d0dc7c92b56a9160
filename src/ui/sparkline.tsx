import * as React from 'react';

const WIDTH = 60;
const HEIGHT = 14;

/**
 * A metric as a line without axes; values that are not finite leave it out.
 */
export function Sparkline({
  values,
  label
}: {
  values: readonly number[];

  /**
   * What a screen reader says of it.
   */
  label: string;
}): React.JSX.Element {
  const finite = thin(values.filter(Number.isFinite), WIDTH);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const points = finite.map((value, at) => {
    const x = finite.length > 1 ? (at / (finite.length - 1)) * WIDTH : WIDTH;
    const y = high > low ? (1 - (value - low) / (high - low)) * HEIGHT : 7;
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  return (
    <svg
      className="jp-MlxSparkline"
      role="img"
      aria-label={label}
      viewBox={`-1 -1 ${WIDTH + 2} ${HEIGHT + 2}`}
      width={WIDTH}
      height={HEIGHT}
    >
      <polyline points={points.join(' ')} fill="none" />
    </svg>
  );
}

function thin(values: number[], most: number): number[] {
  const each = Math.ceil(values.length / most);
  return each > 1
    ? values.filter((_, at) => (values.length - 1 - at) % each === 0)
    : values;
}
