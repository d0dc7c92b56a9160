/**
 * A piece of a line with one look.
 */
export interface IAnsiPiece {
  text: string;

  /**
   * Classes of the lab's own style for output.
   */
  classes: string[];

  /**
   * Colours beyond the sixteen with a name, as CSS.
   */
  color: string | null;
  background: string | null;
}

const NAMES = [
  'black',
  'red',
  'green',
  'yellow',
  'blue',
  'magenta',
  'cyan',
  'white'
];

// Styles; other sequences of a terminal (cursor, titles, links) and control characters, which are left out.
/* eslint-disable no-control-regex */
const SEQUENCE =
  /\x1b\[([\d;:]*)m|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]|[\x00-\x08\x0b-\x1f\x7f]/g;
const PLAIN = /^[^\x00-\x08\x0b-\x1f\x7f]*$/;
/* eslint-enable no-control-regex */

/**
 * A line as a terminal would colour it, in pieces of plain text.
 */
export function ansiPieces(line: string): IAnsiPiece[] {
  if (PLAIN.test(line)) {
    return line
      ? [{ text: line, classes: [], color: null, background: null }]
      : [];
  }
  const look = new Look();
  const pieces: IAnsiPiece[] = [];
  let at = 0;
  const add = (text: string) => {
    if (text) {
      pieces.push(look.piece(text));
    }
  };
  for (const found of line.matchAll(SEQUENCE)) {
    add(line.slice(at, found.index));
    at = found.index + found[0].length;
    if (found[1] !== undefined) {
      look.apply(found[1].split(/[;:]/).map(Number));
    }
  }
  add(line.slice(at));
  return pieces;
}

/**
 * The text of a line without the sequences.
 */
export function plainText(line: string): string {
  return ansiPieces(line)
    .map(({ text }) => text)
    .join('');
}

/**
 * A line as DOM nodes. Its text is never markup.
 */
export function ansiNodes(line: string): Node[] {
  return ansiPieces(line).map(({ text, classes, color, background }) => {
    if (!classes.length && !color && !background) {
      return document.createTextNode(text);
    }
    const span = document.createElement('span');
    span.className = classes.join(' ');
    span.style.color = color ?? '';
    span.style.backgroundColor = background ?? '';
    span.textContent = text;
    return span;
  });
}

type Color = { name: string } | { css: string } | null;

class Look {
  apply(codes: number[]): void {
    for (let at = 0; at < codes.length; at++) {
      const code = codes[at] ?? 0;
      if (code === 38 || code === 48) {
        const [color, taken] = extended(codes.slice(at + 1));
        this._set(code === 38, color);
        at += taken;
      } else {
        this._one(code);
      }
    }
  }

  piece(text: string): IAnsiPiece {
    const [fg, bg] = this._isInverse
      ? [this._bg, this._fg]
      : [this._fg, this._bg];
    const classes = [...this._marks].map(mark => `ansi-${mark}`);
    if (fg && 'name' in fg) {
      classes.push(`ansi-${fg.name}-fg`);
    } else if (this._isInverse && !fg) {
      classes.push('ansi-default-inverse-fg');
    }
    if (bg && 'name' in bg) {
      classes.push(`ansi-${bg.name}-bg`);
    } else if (this._isInverse && !bg) {
      classes.push('ansi-default-inverse-bg');
    }
    return { text, classes, color: css(fg), background: css(bg) };
  }

  private _one(code: number): void {
    if (code === 0) {
      this._marks.clear();
      this._fg = this._bg = null;
      this._isInverse = false;
    } else if (code === 1) {
      this._marks.add('bold');
    } else if (code === 4) {
      this._marks.add('underline');
    } else if (code === 22) {
      this._marks.delete('bold');
    } else if (code === 24) {
      this._marks.delete('underline');
    } else if (code === 7 || code === 27) {
      this._isInverse = code === 7;
    } else if (code === 39 || code === 49) {
      this._set(code === 39, null);
    } else {
      this._named(code);
    }
  }

  private _named(code: number): void {
    const base = [30, 40, 90, 100].find(one => code >= one && code < one + 8);
    if (base !== undefined) {
      this._set(base === 30 || base === 90, named(code - base, base >= 90));
    }
  }

  private _set(isForeground: boolean, color: Color): void {
    if (isForeground) {
      this._fg = color;
    } else {
      this._bg = color;
    }
  }

  private _marks = new Set<string>();
  private _fg: Color = null;
  private _bg: Color = null;
  private _isInverse = false;
}

function named(number: number, isIntense: boolean): Color {
  return { name: `${NAMES[number] ?? 'white'}${isIntense ? '-intense' : ''}` };
}

function css(color: Color): string | null {
  return color && 'css' in color ? color.css : null;
}

/**
 * The colour after 38 or 48, and how many codes it takes.
 */
function extended(codes: number[]): [Color, number] {
  const byte = (at: number) => Math.min(255, Math.max(0, codes[at] ?? 0));
  if (codes[0] === 2) {
    return [{ css: `rgb(${byte(1)}, ${byte(2)}, ${byte(3)})` }, 4];
  }
  if (codes[0] !== 5) {
    return [null, codes.length];
  }
  const number = byte(1);
  if (number < 16) {
    return [named(number % 8, number >= 8), 2];
  }
  if (number >= 232) {
    const grey = 8 + (number - 232) * 10;
    return [{ css: `rgb(${grey}, ${grey}, ${grey})` }, 2];
  }
  const level = (step: number) => (step ? 55 + step * 40 : 0);
  const [r, g, b] = [36, 6, 1].map(unit =>
    level(Math.floor((number - 16) / unit) % 6)
  );
  return [{ css: `rgb(${r ?? 0}, ${g ?? 0}, ${b ?? 0})` }, 2];
}
