import { ReactWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Preferences } from '../models/preferences';
import type { IRemote } from '../models/remote';
import type { Starts } from '../models/starts';
import { type ITally, tally } from '../models/tally';
import { money } from '../ui/format';
import { useClock, useSignal } from '../ui/hooks';

interface IStatusContext {
  remote: Pick<IRemote, 'runs'>;
  starts: Starts;
  preferences: Preferences;
  trans: TranslationBundle;
  show: () => void;
}

/**
 * `2 runs · 1 queued · ≈ €0.42`: pressed, it shows the panel.
 */
export class StatusItem extends ReactWidget {
  constructor(private _context: IStatusContext) {
    super();
  }

  render(): React.JSX.Element {
    return <Item {...this._context} />;
  }
}

function Item({
  remote: { runs },
  starts,
  preferences,
  trans,
  show
}: IStatusContext): React.JSX.Element {
  useSignal(runs.changed);
  useSignal(starts.changed);
  useSignal(preferences.changed);
  const withCost = preferences.get('showCost');
  const now = useClock(withCost && tally(runs.active).cost.size > 0);
  const asked = starts.pending.filter(start => !runs.get(start.id)).length;
  const text = line(tally(runs.active, now), asked, withCost, trans);
  return (
    <button
      type="button"
      className="jp-MlxStatus"
      title={trans.__('Show the panel of remote runs')}
      onClick={show}
    >
      {text}
    </button>
  );
}

/**
 * The open runs in words.
 *
 * @param asked How many were asked for that the server has not told of yet.
 */
export function line(
  { running, queued, cost }: ITally,
  asked: number,
  withCost: boolean,
  trans: TranslationBundle
): string {
  const parts = [
    running > 0 && trans._n('%1 run', '%1 runs', running),
    queued > 0 && trans.__('%1 queued', queued),
    asked > 0 && trans.__('%1 sending', asked)
  ];
  if (withCost && cost.size > 0) {
    const sums = [...cost].map(([currency, sum]) => money(sum, currency));
    parts.push(`≈ ${sums.join(' + ')}`);
  }
  return parts.filter(Boolean).join(' · ');
}
