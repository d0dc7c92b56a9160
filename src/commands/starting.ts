import type { INewRun, IRun } from '../api/types';
import { ApiError } from '../models/remote';
import type { Starts } from '../models/starts';
import { newRunId } from '../models/ulid';
import { Commands } from '../ui/commands';
import { type Args, text } from './args';
import type { ICommandContext } from './context';
import { tell } from './failure';
import { type IWish, request, wish } from './wish';

const PAUSES = [500, 2000]; // ms before another try where no answer came

// What is being started, by what was asked for.
const underway = new WeakMap<Starts, Map<string, Promise<string | null>>>();

/**
 * Run the notebook that a command's arguments ask for; the id of the run, null where none was started.
 *
 * Asked for once more before that is done, by a second click or a key held down, it is the same start.
 */
export function start(
  context: ICommandContext,
  args: Args
): Promise<string | null> {
  const { starts, notebooks } = context;
  const path = text(args, 'path') ?? notebooks.current?.path ?? '';
  const asked = JSON.stringify([
    path,
    args['machine'],
    args['params'],
    args['from']
  ]);
  const all = underway.get(starts) ?? new Map<string, Promise<string | null>>();
  underway.set(starts, all);
  const known = all.get(asked);
  if (known) {
    return known;
  }
  const made = startNow(context, args).finally(() => all.delete(asked));
  all.set(asked, made);
  return made;
}

async function startNow(
  context: ICommandContext,
  args: Args
): Promise<string | null> {
  const wanted = await wish(context, args);
  if (!wanted) {
    return null;
  }
  if (wanted.target.machine === null) {
    await chooseFirst(context, wanted.path);
    return null;
  }
  return (await mayStart(context, wanted)) ? send(context, wanted) : null;
}

/**
 * Where no machine was ever chosen, the panel says which there are.
 */
async function chooseFirst(
  { commands }: ICommandContext,
  path: string
): Promise<void> {
  if (commands.hasCommand(Commands.showPanel)) {
    await commands.execute(Commands.showPanel, { at: 'machine' });
  } else {
    await commands.execute(Commands.runOn, { path });
  }
}

/**
 * Ask once where the notebook has a run that is not over.
 */
async function mayStart(
  context: ICommandContext,
  { path, target }: IWish
): Promise<boolean> {
  const { starts, remote, preferences } = context;
  const [open] = starts.openOf(path, remote.runs.all);
  if (!open || !preferences.get('askBeforeSecondRun')) {
    return true;
  }
  const { askSecondRun } = await import('./dialogs/secondRun');
  const answer = await askSecondRun(context, open, target.machine ?? 'local');
  if (answer === 'stop') {
    try {
      await remote.runs.stop(open.id);
    } catch (reason) {
      tell(
        reason,
        context.trans.__('Run #%1 was not stopped', open.number),
        context
      );
      return false;
    }
  }
  return answer !== null;
}

/**
 * Ask the server for the run. The id is ours, so that no try starts it twice.
 */
export async function send(
  context: ICommandContext,
  wanted: IWish,
  id = newRunId()
): Promise<string | null> {
  const { starts, contents } = context;
  starts.begin(id, wanted.path, wanted.target.machine ?? 'local');
  try {
    await persist(context, request(wanted, contents, id));
    starts.settle(id);
    return id;
  } catch (reason) {
    starts.settle(id, true);
    refuse(context, wanted, id, reason);
    return null;
  }
}

/**
 * Ask again where no answer came: the first request may have arrived all the same.
 */
async function persist(
  { remote }: ICommandContext,
  body: INewRun
): Promise<IRun | null> {
  for (let tries = 0; ; tries++) {
    try {
      return await remote.start(body);
    } catch (reason) {
      const pause = PAUSES[tries];
      if (!(reason instanceof ApiError)) {
        throw reason;
      }
      if (tries > 0 && reason.code === 'conflict' && reason.field === 'id') {
        return null; // an earlier try has started it
      }
      if (reason.status !== 0 || pause === undefined) {
        throw reason;
      }
      await new Promise(resolve => setTimeout(resolve, pause));
    }
  }
}

function refuse(
  context: ICommandContext,
  wanted: IWish,
  id: string,
  reason: unknown
): void {
  const { trans, remote } = context;
  const name = wanted.path.split('/').pop() ?? wanted.path;
  tell(reason, trans.__('%1 did not start', name), context, [
    {
      label: trans.__('Try again'),
      callback: () => {
        // A run the server knows has had its chance; what it never heard of is asked for once more.
        const again = remote.runs.get(id) ? newRunId() : id;
        void send(context, wanted, again);
      }
    }
  ]);
}
