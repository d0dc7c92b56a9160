import { Notification, showErrorMessage } from '@jupyterlab/apputils';

import { ApiError } from '../models/remote';
import { Commands } from '../ui/commands';
import type { ICommandContext } from './context';

/**
 * Most characters of a notification that are shown.
 */
export const MOST = 140;

type Action = Notification.IAction;

/**
 * Say in one notification what did not work, why, and what to press.
 *
 * @param replaces The notification that this one takes the place of.
 */
export function tell(
  reason: unknown,
  what: string,
  context: ICommandContext,
  actions: Action[] = [],
  replaces?: string
): void {
  const { trans } = context;
  const whole = sentence(reason, what);
  const shown = [...remedies(reason, context), ...actions];
  if (whole.length > MOST) {
    shown.push({
      label: trans.__('Details'),
      callback: () => {
        void showErrorMessage(what, whole);
      }
    });
  }
  const options = { autoClose: false as const, actions: shown };
  const message = cut(whole);
  if (replaces !== undefined && Notification.manager.has(replaces)) {
    Notification.update({
      id: replaces,
      message,
      type: 'error',
      ...options
    });
  } else {
    Notification.error(message, options);
  }
}

/**
 * What did not work, its cause, and the hint.
 */
export function sentence(reason: unknown, what: string): string {
  const cause = reason instanceof Error ? reason.message : String(reason);
  const hint = reason instanceof ApiError ? reason.hint : null;
  return `${what}: ${cause}` + (hint ? ` → ${hint}` : '');
}

/**
 * A text as long as a notification may be.
 */
export function cut(text: string): string {
  return text.length > MOST ? `${text.slice(0, MOST - 1)}…` : text;
}

/**
 * What to press for a cause that the panel can put right.
 */
function remedies(reason: unknown, context: ICommandContext): Action[] {
  const { trans, commands } = context;
  const field = reason instanceof ApiError ? (reason.field ?? '') : '';
  const show = (label: string, at: string): Action => ({
    label,
    callback: () => {
      void commands.execute(Commands.showPanel, { at });
    }
  });
  if (/^machine/.test(field)) {
    return [show(trans.__('Choose a machine'), 'machine')];
  }
  if (/^param/.test(field)) {
    return [show(trans.__('Change parameters'), 'parameters')];
  }
  if (/^environment/.test(field)) {
    return [show(trans.__('Choose an environment'), 'environment')];
  }
  if (/^project/.test(field)) {
    return [show(trans.__('Choose a project'), 'project')];
  }
  return [];
}
