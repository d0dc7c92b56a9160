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
      const gone = this.lines.length - MOST_LINES;
      this.lines.splice(0, gone);
      this.dropped += gone;
    }
  }

  private _line(
    open: string,
    source: string,
    cell: number | null,
    time: number,
    part: string
  ): void {
    let line = this._open.get(open);
    if (!line) {
      line = { source, cell, time, text: '' };
      this._open.set(open, line);
      this.lines.push(line);
    }
    line.text = (line.text + part)
      .replace(/\r+$/, '')
      .replace(/^[^]*\r/, '')
      .slice(0, LONGEST);
  }

  private _open = new Map<string, ILogLine>();
}
