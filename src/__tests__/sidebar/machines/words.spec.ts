import { nullTranslator } from '@jupyterlab/translation';

import type { ICheck, IMachineView } from '../../../api/types';
import { verdict } from '../../../sidebar/machines/checks';
import {
  machineState,
  sshLine,
  summary
} from '../../../sidebar/machines/words';

const trans = nullTranslator.load('jupyter_mlx');

const BOX: IMachineView = {
  machine: {
    name: 'box',
    host: 'box.example',
    user: 'ada',
    port: 2222,
    identity_file: null,
    root: null,
    price: 0.8,
    currency: 'EUR',
    python: null,
    transport: 'ssh',
    slots: null,
    source: 'list'
  },
  status: {
    name: 'box',
    last_contact: null,
    unreachable_since: null,
    why: null,
    facts: {}
  },
  open_runs: 0
};

const FINE: ICheck = {
  id: 'port',
  ok: true,
  value: '',
  problem: '',
  remedy: '',
  required: true,
  then: '',
  limit_s: 0
};

function test(checks: ICheck[], isUsable: boolean | null) {
  return { checks, isUsable, isRunning: false, since: 0, error: null };
}

describe('machineState', () => {
  it.each([
    [{}, 'not tried'],
    [{ last_contact: new Date().toISOString() }, 'reachable, just now'],
    [
      { unreachable_since: new Date().toISOString() },
      /unreachable since \d+:\d+/
    ]
  ])('of %j', (status, word) => {
    const view = { ...BOX, status: { ...BOX.status, ...status } };
    expect(machineState(view, null, trans).word).toMatch(word);
  });
});

describe('summary', () => {
  it('counts free GPUs, and says load, price and open runs', () => {
    const gpu = { name: 'RTX', memory_total: 24, memory_used: 0, util: 0 };
    const facts = {
      gpus: [gpu, { ...gpu, util: 99 }],
      load: 0.44,
      cpu_count: 8
    };
    const view = { ...BOX, status: { ...BOX.status, facts } };
    expect(summary(view, 2, trans)).toEqual([
      '1 of 2 GPUs free',
      'load 0.4 of 8',
      '€0.80/h',
      '2 open runs'
    ]);
    expect(summary(BOX, 1, trans)).toEqual(['€0.80/h', '1 open run']);
  });
});

describe('verdict', () => {
  it('names the step that stops, before what is only to know', () => {
    const warning = { ...FINE, id: 'index', ok: false, required: false };
    const stop = { ...FINE, id: 'login', ok: false };
    const say = (checks: ICheck[], isUsable: boolean | null): string =>
      verdict(BOX.machine, test(checks, isUsable), trans);
    expect(say([FINE], true)).toBe('box can run notebooks');
    expect(say([FINE, warning], true)).toBe(
      'box can run notebooks, with 1 thing to know'
    );
    expect(say([warning, stop], false)).toBe('box cannot be used yet: Login');
    expect(say([], null)).toBe('The test of box was not finished');
  });
});

describe('sshLine', () => {
  it('is what a person would type', () => {
    expect(sshLine(BOX.machine)).toBe('ssh -v -p 2222 ada@box.example');
  });
});
