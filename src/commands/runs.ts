import type { CommandRegistry } from '@lumino/commands';
import {
  checkIcon,
  downloadIcon,
  editIcon,
  refreshIcon,
  stopIcon
} from '@jupyterlab/ui-components';

import { isFinal } from '../models/states';
import { Commands, STAR } from '../ui/commands';
import { type Args, described, list, text } from './args';
import type { ICommandContext } from './context';
import { tell } from './failure';
import { type IKnownRun, known, openRunId, runId } from './known';

const RUN = {
  type: 'string',
  description: 'The id of the run; the one in front if left out'
};

type Deed = (run: IKnownRun, args: Args) => Promise<unknown>;

/**
 * Commands about one run that exists.
 */
export function addRunCommands(
  commands: CommandRegistry,
  context: ICommandContext
): void {
  addStop(commands, context);
  addRerunAndDelete(commands, context);
  addFetch(commands, context);
  addRemarks(commands, context);
}

/**
 * A command's work on its run; what goes wrong is said under `what`, and null comes back.
 */
function onRun(
  context: ICommandContext,
  what: string,
  deed: Deed
): (args: Args) => Promise<unknown> {
  return async args => {
    const id = runId(context, args);
    if (id === null) {
      return null;
    }
    try {
      return await deed(await known(context, id), args);
    } catch (reason) {
      tell(reason, what, context);
      return null;
    }
  };
}

function addStop(commands: CommandRegistry, context: ICommandContext): void {
  const { trans } = context;
  commands.addCommand(Commands.stopRun, {
    label: trans.__('Stop Run…'),
    caption: trans.__('Stop the run; what it has put out so far is kept'),
    icon: stopIcon,
    isEnabled: args => openRunId(context, args) !== null,
    describedBy: described({
      run: RUN,
      path: { type: 'string', description: 'A notebook whose run is meant' },
      ask: { type: 'boolean', description: 'False to stop without a question' }
    }),
    execute: async args => {
      const id = openRunId(context, args);
      if (id === null) {
        return null;
      }
      try {
        const { stop } = await import('./stopping');
        return await stop(
          context,
          await known(context, id),
          args['ask'] !== false
        );
      } catch (reason) {
        tell(reason, trans.__('The run was not stopped'), context);
        return null;
      }
    }
  });
}

function addRerunAndDelete(
  commands: CommandRegistry,
  context: ICommandContext
): void {
  const { trans, remote } = context;
  const isOver = (args: Args): boolean => {
    const id = runId(context, args);
    const run = id === null ? null : remote.runs.get(id);
    return id !== null && (run === null || isFinal(run.state));
  };
  commands.addCommand(Commands.rerun, {
    label: trans.__('Run Again'),
    caption: trans.__('Run the same content once more, as it was then'),
    icon: refreshIcon,
    isEnabled: isOver,
    describedBy: described({
      run: RUN,
      machine: { type: 'string', description: 'Another machine than before' }
    }),
    execute: onRun(
      context,
      trans.__('It did not run again'),
      async (run, args) => {
        const made = await remote.runs.rerun(
          run.id,
          text(args, 'machine') ?? undefined
        );
        return made.id;
      }
    )
  });
  commands.addCommand(Commands.deleteRun, {
    label: trans.__('Forget Run…'),
    caption: trans.__('Take a run that is over out of the history'),
    isEnabled: isOver,
    describedBy: described({ run: RUN }),
    execute: onRun(
      context,
      trans.__('The run was not forgotten'),
      async run => {
        const { askDelete } = await import('./dialogs/questions');
        if (!(await askDelete(run, trans))) {
          return false;
        }
        await remote.runs.delete(run.id);
        return true;
      }
    )
  });
}

function addFetch(commands: CommandRegistry, context: ICommandContext): void {
  const { trans } = context;
  commands.addCommand(Commands.fetchRun, {
    label: trans.__('Save Results into a Folder…'),
    caption: trans.__(
      'Write the executed notebook and the files of the run into a folder here'
    ),
    icon: downloadIcon,
    isEnabled: args => runId(context, args) !== null,
    describedBy: described({
      run: RUN,
      folder: { type: 'string', description: 'Where to; asked if left out' }
    }),
    execute: onRun(
      context,
      trans.__('Nothing was saved'),
      async (run, args) => {
        const { fetch } = await import('./fetching');
        return fetch(context, run, text(args, 'folder'));
      }
    )
  });
}

function addRemarks(commands: CommandRegistry, context: ICommandContext): void {
  const { trans, remote } = context;
  const isEnabled = (args: Args): boolean => runId(context, args) !== null;
  const isStarred = (args: Args): boolean => {
    const id = runId(context, args);
    return (id !== null && remote.runs.get(id)?.tags.includes(STAR)) ?? false;
  };
  commands.addCommand(Commands.starRun, {
    label: args =>
      isStarred(args) ? trans.__('Take the Star Away') : trans.__('Star Run'),
    caption: trans.__('Mark a run to find it again'),
    icon: checkIcon,
    isEnabled,
    describedBy: described({
      run: RUN,
      starred: {
        type: 'boolean',
        description: 'The other way round if left out'
      }
    }),
    execute: onRun(
      context,
      trans.__('The star did not change'),
      async (run, args) => {
        const others = run.tags.filter(tag => tag !== STAR);
        const starred =
          typeof args['starred'] === 'boolean'
            ? args['starred']
            : others.length === run.tags.length;
        await remote.runs.change(run.id, {
          tags: starred ? [...others, STAR] : others
        });
        return starred;
      }
    )
  });
  commands.addCommand(Commands.tagRun, {
    label: trans.__('Tag Run…'),
    caption: trans.__('Words to find the run by'),
    isEnabled,
    describedBy: described({
      run: RUN,
      tags: { type: 'array', description: 'All tags; asked if left out' }
    }),
    execute: onRun(
      context,
      trans.__('The tags did not change'),
      async (run, args) => {
        const { askTags } = await import('./dialogs/questions');
        const tags = list(args, 'tags') ?? (await askTags(run, trans));
        if (tags) {
          await remote.runs.change(run.id, { tags });
        }
        return tags;
      }
    )
  });
  commands.addCommand(Commands.noteRun, {
    label: trans.__('Write a Note on the Run…'),
    caption: trans.__('Why this run was, what came out'),
    icon: editIcon,
    isEnabled,
    describedBy: described({
      run: RUN,
      notes: {
        type: 'string',
        description: 'The whole note; asked if left out'
      }
    }),
    execute: onRun(
      context,
      trans.__('The note did not change'),
      async (run, args) => {
        const { askNotes } = await import('./dialogs/questions');
        const given = args['notes'];
        const notes =
          typeof given === 'string' ? given : await askNotes(run, trans);
        if (notes !== null) {
          await remote.runs.change(run.id, { notes });
        }
        return notes;
      }
    )
  });
}
