/**
 * One line of a text that became another.
 */
export interface IDifferentLine {
  kind: 'same' | 'gone' | 'new';
  text: string;
}

const MOST = 4_000_000; // pairs of lines that are compared; larger texts are shown one after the other

/**
 * How a text became another, line by line: as many lines as can be are the same.
 */
export function lineDifference(
  before: string,
  after: string
): IDifferentLine[] {
  const one = before.split('\n');
  const other = after.split('\n');
  let start = 0;
  while (start < one.length && start < other.length) {
    if (one[start] !== other[start]) {
      break;
    }
    start++;
  }
  let end = 0;
  while (end < one.length - start && end < other.length - start) {
    if (one[one.length - 1 - end] !== other[other.length - 1 - end]) {
      break;
    }
    end++;
  }
  return [
    ...lines('same', one.slice(0, start)),
    ...middle(
      one.slice(start, one.length - end),
      other.slice(start, other.length - end)
    ),
    ...lines('same', one.slice(one.length - end))
  ];
}

function lines(
  kind: IDifferentLine['kind'],
  texts: string[]
): IDifferentLine[] {
  return texts.map(text => ({ kind, text }));
}

/**
 * By the longest common subsequence.
 */
function middle(one: string[], other: string[]): IDifferentLine[] {
  if (one.length * other.length > MOST) {
    return [...lines('gone', one), ...lines('new', other)];
  }
  const lengths = longest(one, other);
  const width = other.length + 1;
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  const found: IDifferentLine[] = [];
  let i = 0;
  let j = 0;
  while (i < one.length || j < other.length) {
    if (i < one.length && j < other.length && one[i] === other[j]) {
      found.push({ kind: 'same', text: one[i++] ?? '' });
      j++;
    } else if (
      j >= other.length ||
      (i < one.length && at(i + 1, j) >= at(i, j + 1))
    ) {
      found.push({ kind: 'gone', text: one[i++] ?? '' });
    } else {
      found.push({ kind: 'new', text: other[j++] ?? '' });
    }
  }
  return found;
}

/**
 * For each pair of places the length of the longest common subsequence of what follows them.
 */
function longest(one: string[], other: string[]): Uint32Array {
  const width = other.length + 1;
  const lengths = new Uint32Array((one.length + 1) * width);
  for (let i = one.length - 1; i >= 0; i--) {
    for (let j = other.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        one[i] === other[j]
          ? (lengths[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(
              lengths[(i + 1) * width + j] ?? 0,
              lengths[i * width + j + 1] ?? 0
            );
    }
  }
  return lengths;
}
