import { ContentsManagerMock } from '@jupyterlab/services/lib/testutils';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { Signal } from '@lumino/signaling';

import type { INewRun, IRun } from '../../api/types';
import type { ICommandContext } from '../../commands/context';
import { addStartCommands } from '../../commands/start';
import type { IOpenNotebook, IOpenNotebooks } from '../../models/document';
import { Preferences } from '../../models/preferences';
import { ApiError, Remote } from '../../models/remote';
import { Starts } from '../../models/starts';
import { Targets } from '../../models/target';
import { Commands } from '../../ui/commands';
import { ServerConnection } from '@jupyterlab/services';

type Answer = (wanted: INewRun) => Promise<IRun>;

const content = {
  cells: [{ cell_type: 'code', id: 'a', source: '1', metadata: {} }],
  metadata: {},
  nbformat: 4,
  nbformat_minor: 5
};

class Notebooks implements IOpenNotebooks {
  constructor(readonly current: IOpenNotebook | null) {}

  currentChanged = new Signal<this, IOpenNotebook | null>(this);
  edited = new Signal<this, IOpenNotebook>(this);

  get(path: string): IOpenNotebook | null {
    return this.current?.path === path ? this.current : null;
  }
}

function notebook(metadata: object | null): IOpenNotebook {
  return {
    path: 'nb.ipynb',
    isDirty: true,
    activeCell: 0,
    metadata,
    content: () => content,
    setMetadata: () => undefined,
    reveal: () => undefined
  };
}

/**
 * The commands over a server that answers as told, and what it was asked for.
 */
function desk(metadata: object | null, ...answers: Answer[]) {
  const asked: INewRun[] = [];
  const shown: unknown[] = [];
  const commands = new CommandRegistry();
  const remote = new Remote(ServerConnection.makeSettings());
  remote.start = wanted => {
    asked.push(wanted);
    const answer = answers.shift();
    return answer ? answer(wanted) : Promise.reject(new ApiError('late', 500));
  };
  commands.addCommand(Commands.showPanel, {
    describedBy: { args: {} },
    execute: args => {
      shown.push(args);
    }
  });
  const context: ICommandContext = {
    remote,
    commands,
    targets: new Targets(null),
    notebooks: new Notebooks(notebook(metadata)),
    preferences: new Preferences(),
    starts: new Starts(),
    contents: new ContentsManagerMock(),
    trans: nullTranslator.load('jupyter_mlx'),
    selected: () => [],
    frontRun: () => null
  };
  addStartCommands(commands, context);
  return { asked, shown, ...context };
}

const accept: Answer = ({ id }) => Promise.resolve({ id } as IRun);
const silence: Answer = () => Promise.reject(new ApiError('network', 0));

describe('run-notebook', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  const run = async (
    { commands }: { commands: CommandRegistry },
    args = {}
  ): Promise<unknown> => {
    const done = commands.execute(Commands.runNotebook, args);
    await jest.runAllTimersAsync();
    return done;
  };

  it('sends the notebook as it is open to the machine of its metadata', async () => {
    const found = desk({ machine: 'box', params: { n: 3 } }, accept);
    const id = await run(found);
    expect(found.asked).toHaveLength(1);
    expect(found.asked[0]).toMatchObject({
      id,
      notebook: 'nb.ipynb',
      machine: 'box',
      params: { n: '3' },
      content
    });
    expect(found.asked[0]).not.toHaveProperty('first_cell');
  });

  it('takes machine, parameters and first cell for this one run', async () => {
    const found = desk({ machine: 'box', params: { n: 3, m: 'x' } }, accept);
    await run(found, { machine: 'other', params: { n: 4 }, from: 2 });
    expect(found.asked[0]).toMatchObject({
      machine: 'other',
      params: { n: '4', m: 'x' },
      first_cell: 2
    });
    expect(found.targets.of('nb.ipynb').machine).toBeNull();
  });

  it('shows the panel where no machine was ever chosen', async () => {
    const found = desk(null);
    expect(await run(found)).toBeNull();
    expect(found.asked).toEqual([]);
    expect(found.shown).toEqual([{ at: 'machine' }]);
  });

  it('asks again with the same id where no answer came', async () => {
    const found = desk({ machine: 'box' }, silence, silence, accept);
    const id = await run(found);
    expect(found.asked.map(one => one.id)).toEqual([id, id, id]);
    expect(found.starts.pending).toEqual([]);
  });

  it('takes its own id on the server for the run it asked for', async () => {
    const known = new ApiError('known', 409, null, 'conflict', 'id');
    const found = desk({ machine: 'box' }, silence, () =>
      Promise.reject(known)
    );
    expect(await run(found)).toBe(found.asked[0]?.id);
  });

  it('starts one run for a key that is held down', async () => {
    const found = desk({ machine: 'box' }, accept, accept);
    const all = [found, found, found].map(({ commands }) =>
      commands.execute(Commands.runNotebook)
    );
    await jest.runAllTimersAsync();
    expect(new Set(await Promise.all(all)).size).toBe(1);
    expect(found.asked).toHaveLength(1);
  });

  it('is over when the server refuses', async () => {
    const refusal = new ApiError('no', 422, 'try', 'input', 'params.n');
    const found = desk({ machine: 'box' }, () => Promise.reject(refusal));
    expect(await run(found)).toBeNull();
    expect(found.asked).toHaveLength(1);
    expect(found.starts.get(found.asked[0]?.id ?? '')?.isRefused).toBe(true);
  });
});
