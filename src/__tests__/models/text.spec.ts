import { Log, MOST_LINES } from '../../models/log';
import { overwrite } from '../../models/terminal';

/**
 * What a terminal shows of text, written in the plainest way.
 */
function screen(text: string): string {
  const lines: string[][] = [[]];
  let at = 0;
  for (const char of text) {
    const line = lines[lines.length - 1] ?? [];
    if (char === '\n') {
      lines.push([]);
      at = 0;
    } else if (char === '\r') {
      at = 0;
    } else if (char === '\b') {
      at = Math.max(0, at - 1);
    } else {
      line[at++] = char;
    }
  }
  return lines.map(line => line.join('')).join('\n');
}

describe('overwrite', () => {
  it('looks like a terminal however the text is cut', () => {
    const bits = ['a', 'bc', '\r', '\n', '\b', 'é😀', '\r\n', 'long text'];
    let seed = 7;
    for (let round = 0; round < 300; round++) {
      let shown = '';
      let all = '';
      for (let n = 0; n < 12; n++) {
        seed = (seed * 1103515245 + 12345) % 2147483648;
        const piece = bits[Math.floor(seed / 65536) % bits.length] ?? '';
        shown = overwrite(shown, piece);
        all += piece;
      }
      expect(screen(shown)).toBe(screen(all));
    }
  });

  it('keeps of a thousand steps only what can be seen', () => {
    let shown = '';
    for (let n = 0; n < 1000; n++) {
      shown = overwrite(shown, `${n} %\r`);
    }
    expect(shown.length).toBeLessThan(20);
  });
});

describe('Log', () => {
  const texts = (log: Log): string[] => log.lines.map(line => line.text);

  it('puts lines together over several texts, and keeps sources apart', () => {
    const log = new Log();
    log.add('stdout', 0, 1, 'a');
    log.add('stderr', 0, 2, 'x\n');
    log.add('stdout', 0, 3, 'b\nc');
    log.add('stdout', 1, 4, 'd\n');
    expect(texts(log)).toEqual(['ab', 'x', 'c', 'd']);
    expect(log.lines.map(line => line.time)).toEqual([1, 2, 3, 4]);
  });

  it('shows the last state of a progress bar, also where each comes alone', () => {
    const log = new Log();
    log.add('stdout', 0, 1, '10 %\r20 %\r');
    log.add('stdout', 0, 1, '30 %\r');
    expect(texts(log)).toEqual(['30 %']);
    log.add('stdout', 0, 1, '\nend\r\n');
    expect(texts(log)).toEqual(['30 %', 'end']);
  });

  it('drops the oldest and says how many', () => {
    const log = new Log();
    log.add('kernel', null, 0, 'never ends');
    log.add('stdout', 0, 0, 'x\n'.repeat(MOST_LINES * 1.1));
    expect(log.lines.length).toBe(MOST_LINES);
    expect(log.dropped).toBe(MOST_LINES * 0.1 + 1);
    log.add('kernel', null, 0, ', is seen again');
    expect(texts(log).pop()).toBe(', is seen again');
  });

  it('cuts a line that is longer than anybody reads', () => {
    const log = new Log();
    log.add('stdout', 0, 0, 'x'.repeat(1e6));
    expect(texts(log)[0]?.length).toBe(10_000);
  });
});
