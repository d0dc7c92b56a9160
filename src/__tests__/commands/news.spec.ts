import { nullTranslator } from '@jupyterlab/translation';

import type { IRunSummary } from '../../api/types';
import { news } from '../../commands/news';
import { Preferences } from '../../models/preferences';
import { aRun } from '../runs';

const trans = nullTranslator.load('jupyter_mlx');
const long = {
  started: '2026-01-01T10:00:00Z',
  ended: '2026-01-01T10:03:00Z'
};

function said(
  fields: Partial<IRunSummary>,
  isHidden = false,
  preferences = new Preferences()
) {
  return news(aRun(fields), { preferences, isHidden, trans });
}

describe('news', () => {
  it('shows a failure with the cell as people count and its cause', () => {
    const found = said({
      state: 'failed',
      cell_failed: 3,
      reason: 'cell 3 failed: ValueError: no'
    });
    expect(found.message).toBe(
      '#7 train.ipynb failed in cell 4: ValueError: no'
    );
    expect(found).toMatchObject({
      type: 'error',
      autoClose: false,
      mutes: 'notifyFailed',
      cell: 3
    });
  });

  it('shows a loss with its cause, which is no failure', () => {
    const { message } = said({ state: 'lost', reason: 'the machine rebooted' });
    expect(message).toBe('#7 train.ipynb was lost: the machine rebooted');
  });

  it('shows the end of a long run only to who is not looking', () => {
    expect(said({ state: 'succeeded', ...long }, true).autoClose).toBe(false);
    expect(said({ state: 'succeeded', ...long }, false).autoClose).toBe(0);
    const { message } = said({ state: 'succeeded', ...long });
    expect(message).toBe('#7 train.ipynb finished on box (3:00)');
  });

  it('keeps a short run out of sight', () => {
    const short = { ...long, ended: '2026-01-01T10:00:09Z' };
    expect(said({ state: 'succeeded', ...short }, true).autoClose).toBe(0);
  });

  it('keeps to what was muted', async () => {
    const preferences = new Preferences();
    await preferences.set('notifyFailed', false);
    await preferences.set('notifyFinished', false);
    expect(said({ state: 'failed' }, true, preferences)).toMatchObject({
      autoClose: 0,
      mutes: null
    });
    const end = said({ state: 'succeeded', ...long }, true, preferences);
    expect(end.autoClose).toBe(0);
  });

  it('says that a queued run waits for its machine, as no error', () => {
    const found = said({ state: 'queued', reason: 'no route to host' });
    expect(found.message).toBe(
      '#7 train.ipynb is queued: sent when box is back (no route to host)'
    );
    expect(found.type).toBe('warning');
    expect(said({ state: 'queued' }).autoClose).toBe(0);
  });

  it('never shows a stop as an error', () => {
    const stopped = said({
      state: 'cancelled',
      cancel_requested: '2026-01-01T10:00:00Z'
    });
    expect(stopped.message).toBe('#7 train.ipynb was stopped by you');
    expect(stopped).toMatchObject({ type: 'default', autoClose: 0 });
  });
});
