import { nullTranslator } from '@jupyterlab/translation';

import { ago, bytes, duration, money, value } from '../../ui/format';

const trans = nullTranslator.load('jupyter_mlx');

describe('format', () => {
  it.each([
    [0, '0.0 s'],
    [9.94, '9.9 s'],
    [9.99, '10 s'],
    [59.4, '59 s'],
    [59.7, '1:00'],
    [221, '3:41'],
    [7421, '2:03:41']
  ])('duration %p', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1200, '1.2 kB'],
    [99_960, '100 kB'],
    [999_999, '1.0 MB'],
    [5e15, '5000 TB']
  ])('bytes %p', (size, text) => {
    expect(bytes(size)).toBe(text);
  });

  it.each([
    [0, '0'],
    [0.21345, '0.2135'],
    [1e-5, '1.00e-5'],
    [12345.6, '12350'],
    [NaN, 'NaN'],
    [-Infinity, '-Infinity']
  ])('value %p', (number, text) => {
    expect(value(number)).toBe(text);
  });

  it('money of a currency nobody has', () => {
    expect(money(1.5, 'nonsense')).toBe('1.50 nonsense');
    expect(money(0.0042, 'EUR')).toContain('0.004');
  });

  it('ago', () => {
    const now = Date.now();
    expect(ago(now + 5000, trans, now)).toBe('just now');
    expect(ago(now - 90_000, trans, now)).toMatch(/1/);
    expect(ago(now - 3 * 86_400_000, trans, now)).toMatch(/3/);
  });
});
