/**
 * What a section needs.
 */
export interface INeed {
  isHidden: boolean;
  height: number;
}

const MOST = 0.6; // share of the space for one section while the rest wants some

/**
 * Heights of sections: each what its content needs, and one of them what is left.
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
  const most = seen.length > 1 ? space * MOST : space;
  const found = needs.map(({ isHidden, height }, at) =>
    isHidden || at === taker ? 0 : Math.min(height, most)
  );
  const sum = found.reduce((all, one) => all + one, 0);
  if (taker >= 0) {
    found[taker] = Math.max(space - sum, space / 4);
  }
  return found;
}
