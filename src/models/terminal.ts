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

const control = /[\r\b]/;

function fold(line: string, open: boolean): string {
  if (!control.test(line)) {
    return line;
  }
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
  const kept = places.join('');
  return open && at < places.length
    ? `${kept}\r${places.slice(0, at).join('')}`
    : kept;
}
