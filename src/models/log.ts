/**
 * One line of what a run put out.
 */
export interface ILogLine {
  /**
   * Where it comes from: `stdout`, `stderr`, `build`, `supervisor`, `kernel`…
   */
  source: string;

  /**
   * The index of the cell in the run's notebook; null outside of cells.
   */
  cell: number | null;

  /**
   * Seconds since the epoch, the machine's clock.
   */
  time: number;
  text: string;
}

/**
 * Most lines that are kept; of more the oldest go, and the log says so.
 */
export const MOST_LINES = 100_000;

const LONGEST = 10_000; // characters of one line

/**
 * The text of a run in lines, the newest of them.
 */
export class Log {
  readonly lines: ILogLine[] = [];

  /**
   * How many lines were dropped at the front.
   */
  dropped = 0;

  /**
   * Add text; a line goes on until its end comes, also over several texts.
   */
  add(source: string, cell: number | null, time: number, text: string): void {
    const open = `${source} ${cell ?? ''}`;
    const parts = text.split('\n');
    const last = parts.pop() ?? '';
    for (const part of parts) {
      this._line(open, source, cell, time, part);
      this._open.delete(open);
    }
    if (last !== '') {
      this._line(open, source, cell, time, last);
    }
    if (this.lines.length > MOST_LINES * 1.1) {
      const gone = new Set(
        this.lines.splice(0, this.lines.length - MOST_LINES)
      );
      this.dropped += gone.size;
      for (const [name, { line }] of this._open) {
        if (gone.has(line)) {
          this._open.delete(name); // what comes of it is seen again
        }
      }
    }
  }

  private _line(
    open: string,
    source: string,
    cell: number | null,
    time: number,
    part: string
  ): void {
    let known = this._open.get(open);
    if (!known) {
      known = { line: { source, cell, time, text: '' }, isBack: false };
      this._open.set(open, known);
      this.lines.push(known.line);
    }
    const { line, isBack } = known;
    const before = isBack && part !== '' ? '' : line.text;
    known.isBack = part === '' ? isBack : part.endsWith('\r');
    line.text = (before + part)
      .replace(/\r+$/, '')
      .replace(/^[^]*\r/, '')
      .slice(0, LONGEST);
  }

  /**
   * Lines whose end has not come, and whether the next text of them starts over at the left.
   */
  private _open = new Map<string, { line: ILogLine; isBack: boolean }>();
}
