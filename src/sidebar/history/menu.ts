import type { IRunSummary } from '../../api/types';
import { Commands } from '../../ui/commands';
import type { IViewContext } from '../../ui/context';
import { fire } from '../../ui/fire';
import { type IMenuEntry, openMenu } from '../../ui/menu';

/**
 * Everything that can be done with a run that is over.
 */
export function openRunMenu(
  context: IViewContext,
  run: IRunSummary,
  button: HTMLElement
): void {
  const { commands, trans } = context;
  const entry = (label: string, id: string): IMenuEntry => ({
    label,
    isEnabled: commands.hasCommand(id),
    run: () => void fire(context, id, { run: run.id })
  });
  openMenu(
    [
      entry(trans.__('Open'), Commands.openRun),
      entry(trans.__('Open its notebook'), Commands.openNotebook),
      entry(trans.__('Run again'), Commands.rerun),
      null,
      entry(trans.__('Fetch its files here…'), Commands.fetchRun),
      entry(trans.__('Copy a link to it'), Commands.copyLink),
      null,
      entry(trans.__('Tags…'), Commands.tagRun),
      entry(trans.__('Note…'), Commands.noteRun),
      null,
      entry(trans.__('Delete…'), Commands.deleteRun)
    ],
    button
  );
}
