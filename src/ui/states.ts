import type { TranslationBundle } from '@jupyterlab/translation';

import type { RunState } from '../api/types';

/**
 * The word people read for a run's state.
 */
export function stateWord(state: RunState, trans: TranslationBundle): string {
  const words: Record<RunState, string> = {
    queued: trans.__('queued'),
    sending: trans.__('sending'),
    preparing: trans.__('preparing'),
    running: trans.__('running'),
    succeeded: trans.__('succeeded'),
    failed: trans.__('failed'),
    cancelled: trans.__('stopped'),
    lost: trans.__('lost')
  };
  return words[state];
}

/**
 * The word people read for a cell's state.
 */
export function cellWord(state: string, trans: TranslationBundle): string {
  const words: Record<string, string> = {
    waiting: trans.__('waiting'),
    running: trans.__('running'),
    succeeded: trans.__('done'),
    failed: trans.__('failed'),
    skipped: trans.__('skipped'),
    cancelled: trans.__('stopped')
  };
  return words[state] ?? state;
}
