import type { TranslationBundle } from '@jupyterlab/translation';

import type { IRun, IRunSummary } from '../api/types';
import { isFinal } from '../models/states';
import { runName as titled } from '../sidebar/names';
import { type Args, text } from './args';
import type { ICommandContext } from './context';

/**
 * What the commands need to know of a run; a run and its summary both have it.
 */
export type IKnownRun = Pick<
  IRun & IRunSummary,
  | 'id'
  | 'number'
  | 'notebook'
  | 'machine'
  | 'state'
  | 'tags'
  | 'notes'
  | 'title'
  | 'cancel_requested'
  | 'cancel_delivered'
>;

/**
 * The id of the run that a command's arguments name, else of the view in front, else the newest of the notebook in
 * front; null where there is none.
 */
export function runId(context: ICommandContext, args: Args): string | null {
  const { notebooks, starts, remote } = context;
  const named = text(args, 'run');
  if (named !== null) {
    return named;
  }
  const asked = text(args, 'path');
  const front = asked === null ? context.frontRun() : null;
  const path = asked ?? notebooks.current?.path;
  return (
    front ??
    (path === undefined
      ? null
      : (remote.runs.all.find(run => starts.isOf(run, path))?.id ?? null))
  );
}

/**
 * As `runId`, but only of runs that are not over.
 */
export function openRunId(context: ICommandContext, args: Args): string | null {
  const { remote, starts, notebooks } = context;
  const isOpen = (id: string): boolean => {
    const run = remote.runs.get(id);
    return run === null || !isFinal(run.state);
  };
  const named = text(args, 'run');
  if (named !== null) {
    return isOpen(named) ? named : null;
  }
  const path = text(args, 'path');
  const front = path === null ? context.frontRun() : null;
  if (front !== null) {
    return isOpen(front) ? front : null;
  }
  const of = path ?? notebooks.current?.path;
  return of === undefined
    ? null
    : (starts.openOf(of, remote.runs.all)[0]?.id ?? null);
}

/**
 * A run by its id, asked of the server where the list here does not reach back so far. Raises what that raises.
 */
export async function known(
  { remote }: ICommandContext,
  id: string
): Promise<IKnownRun> {
  const run = remote.runs.get(id);
  if (run) {
    return run;
  }
  const held = await remote.open(id);
  try {
    await held.model.refresh();
    if (held.model.detail) {
      return held.model.detail;
    }
    throw held.model.error ?? new Error(id);
  } finally {
    held.dispose();
  }
}

/**
 * How people name a machine in a sentence.
 */
export function machineName(name: string, trans: TranslationBundle): string {
  return name === 'local' ? trans.__('this computer') : name;
}

/**
 * How a run is named in a sentence: its number, and its title or notebook.
 */
export function runName(
  run: Pick<IKnownRun, 'number' | 'notebook' | 'title'>
): string {
  return `#${run.number} ${titled(run)}`;
}
