/**
 * Which rows of a long list stand in the page.
 */
export interface IWindow {
  first: number;

  /**
   * Index behind the last.
   */
  end: number;
}

/**
 * The rows that are in view, and some on each side.
 */
export function rowWindow(
  scrollTop: number,
  height: number,
  rowHeight: number,
  rows: number,
  spare = 20
): IWindow {
  const first = Math.floor(scrollTop / rowHeight) - spare;
  const end = Math.ceil((scrollTop + height) / rowHeight) + spare;
  return {
    first: Math.min(Math.max(0, first), rows),
    end: Math.max(0, Math.min(rows, end))
  };
}

/**
 * Whether the end is in view, give or take a row.
 */
export function isAtEnd(
  scrollTop: number,
  height: number,
  scrollHeight: number,
  rowHeight: number
): boolean {
  return scrollTop + height >= scrollHeight - rowHeight;
}

/**
 * The numbers of the lines that match a filter, kept while lines come at the end and go at the front.
 *
 * A line's number counts all lines there ever were, so it stays when earlier ones are dropped.
 */
export class Matches {
  /**
   * @param text The text of the line at an index of those that are kept.
   */
  constructor(private _text: (index: number) => string) {}

  /**
   * Numbers of the lines that are shown; null while there is no filter and all are.
   */
  numbers: number[] | null = null;

  get filter(): string {
    return this._filter;
  }

  setFilter(filter: string): void {
    this._filter = filter.toLowerCase();
    this.numbers = filter ? [] : null;
    this._seen = 0;
  }

  /**
   * Look at what is new.
   *
   * @param dropped How many lines are gone at the front.
   * @param kept How many are there.
   */
  update(dropped: number, kept: number): void {
    const { numbers } = this;
    if (!numbers) {
      return;
    }
    const gone = numbers.findIndex(number => number >= dropped);
    numbers.splice(0, gone < 0 ? numbers.length : gone);
    const end = dropped + kept;
    for (let at = Math.max(this._seen, dropped); at < end; at++) {
      if (
        this._text(at - dropped)
          .toLowerCase()
          .includes(this._filter)
      ) {
        numbers.push(at);
      }
    }
    // The last line may still grow: it is looked at again.
    this._seen = Math.max(dropped, end - 1);
    if (numbers[numbers.length - 1] === this._seen) {
      this._seen = end;
    }
  }

  private _filter = '';
  private _seen = 0;
}
