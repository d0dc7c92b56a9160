import type { IRunSummary } from '../api/types';
import { isFinal } from '../models/states';
import type { IRemembered } from './memory';

/**
 * What is known of an open notebook.
 */
export interface IKnown {
  /**
   * The run it shows already; null where it shows none.
   */
  shown: IRunSummary | null;

  /**
   * Its newest run; null where it has none.
   */
  latest: IRunSummary | null;

  /**
   * What an earlier page knew of it, and that page's run where it still exists.
   */
  remembered: IRemembered | null;
  rememberedRun: IRunSummary | null;

  /**
   * Whether notebooks are filled without being asked to.
   */
  isAutomatic: boolean;
}

/**
 * The run that a notebook should show from now on, and whether all of it is there; null where nothing should change.
 *
 * A run that goes on is shown. Of those that are over only one that was followed: an output made here since would be
 * lost to any other.
 */
export function chosenRun({
  shown,
  latest,
  remembered,
  rememberedRun,
  isAutomatic
}: IKnown): { run: string; isDone: boolean } | null {
  const isNews = !shown || (latest !== null && shown.created < latest.created);
  if (latest && !isFinal(latest.state) && isNews) {
    const isUnwanted = remembered?.run === latest.id && remembered.isOff;
    return isAutomatic && !isUnwanted
      ? { run: latest.id, isDone: false }
      : null;
  }
  if (shown || !remembered || !rememberedRun || remembered.isOff) {
    return null;
  }
  return remembered.isDone || isAutomatic
    ? { run: rememberedRun.id, isDone: remembered.isDone }
    : null;
}
