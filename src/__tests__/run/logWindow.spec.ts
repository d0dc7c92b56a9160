import { Log } from '../../models/log';
import { isAtEnd, Matches, rowWindow } from '../../run/logWindow';

describe('rowWindow', () => {
  it.each([
    ['the start', 0, { first: 0, end: 30 }],
    ['the middle', 20_000, { first: 980, end: 1030 }],
    ['the end', 1_999_800, { first: 99_970, end: 100_000 }],
    ['far behind the end', 9_999_999, { first: 100_000, end: 100_000 }]
  ])('at %s has what is in view and some more', (_, top, rows) => {
    expect(rowWindow(top, 200, 20, 100_000)).toEqual(rows);
  });

  it('is empty for no rows', () => {
    expect(rowWindow(0, 200, 20, 0)).toEqual({ first: 0, end: 0 });
  });
});

describe('isAtEnd', () => {
  it('allows for a row', () => {
    expect(isAtEnd(781, 200, 1000, 20)).toBe(true);
    expect(isAtEnd(779, 200, 1000, 20)).toBe(false);
  });
});

describe('Matches', () => {
  function of(log: Log): Matches {
    return new Matches(at => log.lines[at]?.text ?? '');
  }

  it('has no numbers without a filter', () => {
    const matches = of(new Log());
    matches.update(0, 5);
    expect(matches.numbers).toBeNull();
  });

  it('finds lines as they come, whatever their case', () => {
    const log = new Log();
    const matches = of(log);
    matches.setFilter('Err');
    log.add('stdout', 0, 0, 'an error\nfine\n');
    matches.update(log.dropped, log.lines.length);
    expect(matches.numbers).toEqual([0]);
    log.add('stdout', 0, 0, 'ERROR\n');
    matches.update(log.dropped, log.lines.length);
    expect(matches.numbers).toEqual([0, 2]);
  });

  it('looks again at a last line that grew, and takes none twice', () => {
    const log = new Log();
    const matches = of(log);
    matches.setFilter('error');
    log.add('stdout', 0, 0, 'err');
    matches.update(log.dropped, log.lines.length);
    expect(matches.numbers).toEqual([]);
    log.add('stdout', 0, 0, 'or');
    matches.update(log.dropped, log.lines.length);
    log.add('stdout', 0, 0, ' more');
    matches.update(log.dropped, log.lines.length);
    expect(matches.numbers).toEqual([0]);
  });

  it('forgets lines that were dropped; the others keep their numbers', () => {
    const texts = ['error 0', 'fine', 'error 2', 'error 3'];
    const matches = new Matches(at => texts[at] ?? '');
    matches.setFilter('error');
    matches.update(0, 4);
    expect(matches.numbers).toEqual([0, 2, 3]);
    texts.splice(0, 2);
    texts.push('error 4');
    matches.update(2, 3);
    expect(matches.numbers).toEqual([2, 3, 4]);
  });
});
