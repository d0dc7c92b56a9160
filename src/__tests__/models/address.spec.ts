import { freeName, parseAddress } from '../../models/address';

describe('parseAddress', () => {
  it.each([
    ['gpu.example.org', { host: 'gpu.example.org' }],
    ['ada@gpu', { user: 'ada', host: 'gpu' }],
    [' ada@10.0.0.5:2222 ', { user: 'ada', host: '10.0.0.5', port: 2222 }],
    ['ssh://ada@gpu:22/', { user: 'ada', host: 'gpu', port: 22 }],
    ['ssh -p 2222 ada@gpu', { user: 'ada', host: 'gpu', port: 2222 }],
    ['ssh ada@gpu -p 2222', { user: 'ada', host: 'gpu', port: 2222 }],
    ['[2001:db8::1]:2222', { host: '2001:db8::1', port: 2222 }],
    ['2001:db8::1', { host: '2001:db8::1' }]
  ])('reads %j', (typed, found) => {
    const { name, ...rest } = parseAddress(typed) ?? { name: '' };
    expect(name).not.toBe('');
    expect(rest).toEqual(found);
  });

  it.each([
    '',
    ' ',
    'two words',
    'a@b@c',
    'host:port',
    '-oProxyCommand=x',
    'a@'
  ])('does not read %j', typed => {
    expect(parseAddress(typed)).toBeNull();
  });

  it('gives a name the server takes', () => {
    for (const typed of [
      'ada@10.0.0.5',
      '2001:db8::1',
      '[::1]',
      'x'.repeat(99)
    ]) {
      const name = parseAddress(typed)?.name ?? '';
      expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
    }
  });
});

describe('freeName', () => {
  it('counts up from a name that is taken', () => {
    const taken = new Set(['box', 'box-2']);
    expect(freeName('box', name => taken.has(name))).toBe('box-3');
    expect(freeName('new', name => taken.has(name))).toBe('new');
  });
});
