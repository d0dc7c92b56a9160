/**
 * The points of a line that are worth drawing: for each stretch of x its lowest and highest value, in order, and one
 * gap where it has values that are not finite. At most two points a pixel, so that a long line costs what a short one
 * does and no peak is lost.
 *
 * @param x Ascending.
 * @param y As many values; what is not finite is a gap.
 * @param from First index to look at.
 * @param to Index behind the last.
 * @param width Pixels the line has.
 * @returns Indices, ascending.
 */
export function decimate(
  x: readonly number[],
  y: readonly number[],
  from: number,
  to: number,
  width: number
): number[] {
  const most = 2 * Math.max(1, Math.floor(width));
  if (to - from <= most) {
    return Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at);
  }
  const stretches = Math.max(1, Math.floor(most / (gaps(y, from, to) ? 3 : 2)));
  const first = x[from] ?? 0;
  const span = (x[to - 1] ?? 0) - first || 1;
  const kept: number[] = [];
  let stretch = new Stretch();
  let current = 0;
  for (let at = from; at < to; at++) {
    const here = Math.floor((((x[at] ?? 0) - first) / span) * stretches);
    const place = Math.min(stretches - 1, here);
    if (place !== current) {
      kept.push(...stretch.indices());
      stretch = new Stretch();
      current = place;
    }
    stretch.take(at, y[at] ?? NaN);
  }
  kept.push(...stretch.indices());
  return kept;
}

/**
 * The indices of `x` that lie in a range, one more on each side so that the line leaves the picture: [from, to).
 */
export function within(
  x: readonly number[],
  low: number,
  high: number
): [number, number] {
  const from = Math.max(0, place(x, low) - 1);
  return [from, Math.min(x.length, place(x, high) + 2)];
}

/**
 * The index of the point nearest to a place on the x axis; -1 where there is none.
 */
export function nearest(x: readonly number[], where: number): number {
  if (x.length === 0) {
    return -1;
  }
  const at = Math.min(x.length - 1, place(x, where));
  const before = Math.max(0, at - 1);
  const [left, right] = [x[before] ?? 0, x[at] ?? 0];
  return Math.abs(where - left) <= Math.abs(right - where) ? before : at;
}

/**
 * The first index whose value is not below.
 */
function place(x: readonly number[], value: number): number {
  let [low, high] = [0, x.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((x[middle] ?? 0) < value) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

function gaps(y: readonly number[], from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    if (!Number.isFinite(y[at])) {
      return true;
    }
  }
  return false;
}

class Stretch {
  take(at: number, value: number): void {
    if (!Number.isFinite(value)) {
      this._gap = this._gap < 0 ? at : this._gap;
    } else {
      if (this._lowAt < 0 || value < this._low) {
        [this._low, this._lowAt] = [value, at];
      }
      if (this._highAt < 0 || value > this._high) {
        [this._high, this._highAt] = [value, at];
      }
    }
  }

  indices(): number[] {
    const all = [this._lowAt, this._highAt, this._gap].filter(at => at >= 0);
    return [...new Set(all)].sort((a, b) => a - b);
  }

  private _low = 0;
  private _lowAt = -1;
  private _high = 0;
  private _highAt = -1;
  private _gap = -1;
}
