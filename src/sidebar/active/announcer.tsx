import * as React from 'react';
import { useContext, useEffect, useState } from 'react';

import type { RunState } from '../../api/types';
import type { Runs } from '../../models/runs';
import { Awake } from '../../ui/awake';
import type { IViewContext } from '../../ui/context';
import { stateWord } from '../../ui/states';

const APART = 5000; // ms

/**
 * Says changes of state to screen readers, and nothing else; not more often than every five seconds.
 */
export function Announcer({
  context: { remote, trans }
}: {
  context: IViewContext;
}): React.JSX.Element {
  const isAwake = useContext(Awake);
  const [text, setText] = useState('');
  useEffect(() => {
    if (!isAwake) {
      return;
    }
    const { runs } = remote;
    const known = new Map(runs.all.map(run => [run.id, run.state]));
    const news = new Map<string, RunState>();
    let timer = 0;
    let spoken = 0;
    const speak = (): void => {
      spoken = Date.now();
      timer = 0;
      const said = [...news].map(([id, state]) =>
        trans.__(
          'Run %1 is %2',
          runs.get(id)?.number ?? '',
          stateWord(state, trans)
        )
      );
      news.clear();
      setText(said.join('. '));
    };
    const slot = (_: Runs, ids: string[] | null): void => {
      for (const id of ids ?? []) {
        const state = runs.get(id)?.state;
        if (state && known.get(id) !== state) {
          known.set(id, state);
          news.set(id, state);
        }
      }
      if (news.size > 0 && timer === 0) {
        const wait = Math.max(0, spoken + APART - Date.now());
        timer = window.setTimeout(speak, wait);
      }
    };
    runs.changed.connect(slot);
    return () => {
      runs.changed.disconnect(slot);
      window.clearTimeout(timer);
    };
  }, [remote, trans, isAwake]);
  return (
    <div className="jp-MlxUnseen" role="status" aria-live="polite">
      {text}
    </div>
  );
}
