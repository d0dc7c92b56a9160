/**
 * Text as a terminal shows it: `\r` goes back to the start of the line, `\b` one place, and what follows overwrites.
 *
 * Progress bars write thousands of lines that way; only what can still be seen is kept. Where the cursor of the last
 * line is not at its end, the line stands as `line\rpart before the cursor`, which looks the same.
 */
export function overwrite(shown: string, added: string): string {
  const start = shown.lastIndexOf('\n') + 1;
  const line = shown.slice(start);
  if (!control.test(added) && !control.test(line)) {
    return shown + added;
  }
  const lines = (line + added).split('\n');
  const last = lines.length - 1;
  return (
    shown.slice(0, start) +
    lines.map((one, at) => fold(one, at === last)).join('\n')
  );
}

/**
 * The same text without the trace of a cursor: what a reader sees of what `overwrite` made.
 */
export function seen(shown: string): string {
  const at = shown.lastIndexOf('\r');
  return at > shown.lastIndexOf('\n') ? shown.slice(0, at) : shown;
}

const control = /[\r\b]/;
const pairs = /[\ud800-\udfff]/; // characters of two code units, which must not be cut

function fold(line: string, open: boolean): string {
  if (!control.test(line)) {
    return line;
  }
  const { kept, cursor } =
    line.includes('\b') || pairs.test(line) ? byPlace(line) : byPart(line);
  return open && cursor.length < kept.length ? `${kept}\r${cursor}` : kept;
}

interface IFolded {
  kept: string;

  /**
   * What stands before the cursor.
   */
  cursor: string;
}

/**
 * From the last part back: each adds only what the later ones leave uncovered, however many there are.
 */
function byPart(line: string): IFolded {
  const parts = line.split('\r');
  const cursor = parts[parts.length - 1] ?? '';
  let kept = cursor;
  for (let at = parts.length - 2; at >= 0; at--) {
    kept += (parts[at] ?? '').slice(kept.length);
  }
  return { kept, cursor };
}

function byPlace(line: string): IFolded {
  const places: string[] = [];
  let at = 0;
  for (const char of line) {
    if (char === '\r') {
      at = 0;
    } else if (char === '\b') {
      at = Math.max(0, at - 1);
    } else {
      places[at++] = char;
    }
  }
  return { kept: places.join(''), cursor: places.slice(0, at).join('') };
}
