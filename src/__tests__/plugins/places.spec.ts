import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';

import { VERSION } from '../../api/version';
import { frontRun } from '../../plugins/commands';
import { linked } from '../../plugins/links';
import { mismatch } from '../../plugins/remote';
import { manager } from '../../plugins/running';
import { line } from '../../sidebar/statusItem';
import { Commands } from '../../ui/commands';
import { aRun } from '../runs';

const trans = nullTranslator.load('jupyter_mlx');
const ID = '01ARZ3NDEKTSV4RRFFQ69G5FAV';

describe('an address', () => {
  it('names a run by its id, and nothing else', () => {
    expect(linked(`?reset&mlx-run=${ID}`)).toBe(ID);
    expect(linked(`?mlx-run=${ID.toLowerCase()}`)).toBe(ID);
    expect(linked('?mlx-run=../../etc')).toBeNull();
    expect(linked('?other=1')).toBeNull();
  });
});

describe('the view in front', () => {
  it('says which run it is of', () => {
    const currentWidget = new Widget();
    currentWidget.id = `jp-mlx-run-view-${ID}`;
    expect(frontRun({ currentWidget })).toBe(ID);
    currentWidget.id = 'notebook-1';
    expect(frontRun({ currentWidget })).toBeNull();
    expect(frontRun({ currentWidget: null })).toBeNull();
  });
});

describe('versions of the two halves', () => {
  it('are those of the package', () => {
    const { version } = jest.requireActual<{ version: string }>(
      '../../../package.json'
    );
    expect(VERSION).toBe(version);
  });

  it('are told where they differ, whatever the way they are written', () => {
    expect(mismatch('1.2.0', '1.2.0', trans)).toBeNull();
    expect(mismatch('1.2.0-beta.1', '1.2.0b1', trans)).toBeNull();
    expect(mismatch('1.2.0', '1.10.0', trans)).toMatch(
      /1\.2\.0 in this page and 1\.10\.0 in the server/
    );
    expect(mismatch('1.2.0', '1.10.0', trans)?.length).toBeLessThanOrEqual(140);
  });
});

describe('the section of the running panel', () => {
  it('lists open runs, opens and stops them by command', async () => {
    const commands = new CommandRegistry();
    const fired: unknown[] = [];
    for (const id of [Commands.openRun, Commands.stopRun]) {
      commands.addCommand(id, {
        describedBy: { args: {} },
        execute: args => fired.push([id, args])
      });
    }
    const runs = {
      active: [aRun()],
      changed: new Signal<object, string[] | null>({}),
      refresh: () => Promise.resolve()
    };
    const section = manager({ runs }, commands, nullTranslator);
    const [item] = section.running({ mode: 'list' });
    expect(item?.label()).toBe('#7 train.ipynb');
    expect(item?.detail?.()).toBe('running · cell 2 of 4 · box');
    item?.open?.();
    item?.shutdown?.();
    section.shutdownAll();
    await Promise.resolve();
    expect(fired).toEqual([
      [Commands.openRun, { run: ID }],
      [Commands.stopRun, { run: ID }],
      [Commands.stopRun, { run: ID, ask: false }]
    ]);
  });
});

describe('the status item', () => {
  const cost = (...sums: [string, number][]) => new Map(sums);

  it('has one line for what is open', () => {
    const open = { running: 2, queued: 1, cost: cost(['EUR', 0.4249]) };
    expect(line(open, 0, true, trans)).toBe('2 runs · 1 queued · ≈ €0.42');
    expect(line(open, 0, false, trans)).toBe('2 runs · 1 queued');
    expect(line({ running: 0, queued: 0, cost: cost() }, 1, true, trans)).toBe(
      '1 sending'
    );
  });

  it('says nothing of less than a cent', () => {
    const open = { running: 1, queued: 0, cost: cost(['EUR', 0.004]) };
    expect(line(open, 0, true, trans)).toBe('1 run');
  });
});
