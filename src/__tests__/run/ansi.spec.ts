import { ansiNodes, ansiPieces, plainText } from '../../run/ansi';

const looks = (line: string) =>
  ansiPieces(line).map(({ text, classes, color, background }) =>
    [text, ...classes, color, background].filter(Boolean).join(' ')
  );

describe('ansiPieces', () => {
  it.each([
    ['plain', ['plain']],
    ['', []],
    ['\x1b[31mred\x1b[0m not', ['red ansi-red-fg', ' not']],
    [
      '\x1b[1;4;92mall\x1b[22;39m less',
      [
        'all ansi-bold ansi-underline ansi-green-intense-fg',
        ' less ansi-underline'
      ]
    ],
    ['\x1b[44;7minverse', ['inverse ansi-blue-fg ansi-default-inverse-bg']],
    ['\x1b[38;5;1mindexed', ['indexed ansi-red-fg']],
    ['\x1b[38;5;196mcube', ['cube rgb(255, 0, 0)']],
    ['\x1b[48;5;232mgrey', ['grey rgb(8, 8, 8)']],
    ['\x1b[38;2;1;2;999mtrue\x1b[m', ['true rgb(1, 2, 255)']],
    ['\x1b[38;2;1;2;3;1mboth', ['both ansi-bold rgb(1, 2, 3)']],
    ['\x1b[31', ['31']]
  ])('reads %j', (line, pieces) => {
    expect(looks(line)).toEqual(pieces);
  });

  it.each([
    '\x1b[2Kgone',
    '\x1b]0;a title\x07gone',
    '\x1b]8;;http://x\x1b\\gone',
    '\x1b(Bgone\x00\x08'
  ])('leaves out what only moves a terminal: %j', line => {
    expect(plainText(line)).toBe('gone');
  });

  it('takes a long line of unfinished sequences in its stride', () => {
    expect(plainText('\x1b]'.repeat(50_000))).toBe('');
  });
});

describe('ansiNodes', () => {
  it('makes text of markup, whatever the sequences are', () => {
    const row = document.createElement('div');
    row.append(...ansiNodes('\x1b[38;2;1;2;3m<img src=x onerror=alert(1)>'));
    expect(row.querySelector('img')).toBeNull();
    expect(row.textContent).toBe('<img src=x onerror=alert(1)>');
  });
});
