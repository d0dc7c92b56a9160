import { isFree, readFacts } from '../../models/machineFacts';

describe('readFacts', () => {
  it('reads what a machine told', () => {
    const facts = readFacts({
      cpu_count: 8,
      load: 0.5,
      gpus: [{ name: 'RTX', memory_total: 24, memory_used: 1, util: 0 }],
      pythons: ['3.12.1'],
      environments: { torch: '/opt/torch/bin/python' },
      measured: '2026-01-01T00:00:00.000Z'
    });
    expect(facts).toMatchObject({ cpus: 8, load: 0.5, pythons: ['3.12.1'] });
    expect(facts.gpus?.map(isFree)).toEqual([true]);
    expect(facts.environments).toEqual([['torch', '/opt/torch/bin/python']]);
    expect(facts.measured).toBe(Date.UTC(2026, 0, 1));
  });

  it.each([null, 'text', -1, NaN, [], {}, [null, 5, 'x'], { a: 5, b: null }])(
    'takes nothing of the wrong kind: %p',
    odd => {
      const names = ['hostname', 'gpus', 'pythons', 'environments', 'measured'];
      const facts = readFacts(
        Object.fromEntries(names.map(name => [name, odd]))
      );
      expect(facts.gpus?.every(gpu => typeof gpu.name === 'string')).not.toBe(
        false
      );
      expect(facts.pythons.every(one => typeof one === 'string')).toBe(true);
      expect(facts.environments).toEqual([]);
      expect(facts.measured).toBeNull();
    }
  );

  it('tells a machine without GPUs from one nobody asked', () => {
    expect(readFacts({}).gpus).toBeNull();
    expect(readFacts({ gpus: [] }).gpus).toEqual([]);
  });
});

describe('isFree', () => {
  const gpu = { name: '', memoryTotal: 24, memoryUsed: 1, util: 0 };

  it('counts memory and work', () => {
    expect(isFree(gpu)).toBe(true);
    expect(isFree({ ...gpu, memoryUsed: 12 })).toBe(false);
    expect(isFree({ ...gpu, util: 90 })).toBe(false);
    expect(
      isFree({ ...gpu, memoryTotal: null, memoryUsed: null, util: null })
    ).toBe(true);
  });
});
