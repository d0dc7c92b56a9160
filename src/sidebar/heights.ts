/**
 * What a section needs.
 */
export interface INeed {
  isHidden: boolean;
  height: number;

  /**
   * What it gets along with where the space is short; then its content scrolls.
   */
  least: number;
}

/**
 * Heights of sections: each what its content needs, and one of them what is left. Where the space is short, each gives
 * in proportion to what it can spare.
 *
 * @param rest The index of the one that takes what is left; where it is hidden, the last that is not takes it.
 * @param space The height there is for all.
 */
export function heights(
  needs: readonly INeed[],
  rest: number,
  space: number
): number[] {
  const seen = needs.flatMap(({ isHidden }, at) => (isHidden ? [] : [at]));
  const taker = seen.includes(rest) ? rest : (seen[seen.length - 1] ?? -1);
  const wanted = needs.map(({ isHidden, height, least }, at) =>
    isHidden ? 0 : at === taker ? least : height
  );
  const spare = wanted.map((height, at) =>
    Math.max(0, height - (needs[at]?.least ?? 0))
  );
  const missing = sum(wanted) - space;
  const most = sum(spare);
  const given = Math.min(missing, most);
  const found = wanted.map((height, at) =>
    missing > 0 && most > 0
      ? height - (given * (spare[at] ?? 0)) / most
      : height
  );
  if (taker >= 0 && missing < 0) {
    found[taker] = (found[taker] ?? 0) - missing;
  }
  return found;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
