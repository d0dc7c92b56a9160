import { nullTranslator } from '@jupyterlab/translation';

import { causeAdvice, causeTitle, short, sinceStart } from '../../run/words';

const trans = nullTranslator.load('jupyter_mlx');

describe('sinceStart', () => {
  it.each([
    [0.25, 0.05, '0.25 s'],
    [4, 2, '4 s'],
    [4.5, 0.5, '4.5 s'],
    [90, 30, '1:30'],
    [3725, 600, '1:02:05'],
    [61.25, 0.25, '61.25 s'],
    [0.1234, undefined, '0.12 s']
  ])('of %d s with ticks each %d s is %s', (seconds, step, text) => {
    expect(sinceStart(seconds, step)).toBe(text);
  });
});

describe('short', () => {
  it('shows texts bare and all else as JSON', () => {
    expect(short('a')).toBe('a');
    expect(short({ a: [1] })).toBe('{"a":[1]}');
    expect(short('x'.repeat(99), 10)).toBe('xxxxxxxxx…');
  });
});

describe('causes', () => {
  it('have words, and names of objects are none', () => {
    expect(causeTitle('out_of_memory', trans)).toContain('memory');
    expect(causeAdvice('out_of_memory', trans)).toContain('batch');
    expect(causeTitle('constructor', trans)).toBeNull();
    expect(causeAdvice('', trans)).toBeNull();
  });
});
