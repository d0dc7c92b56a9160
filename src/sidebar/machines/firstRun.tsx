import * as React from 'react';
import { useEffect, useRef, useState } from 'react';

import type { IViewContext } from '../../ui/context';
import { useSignal } from '../../ui/hooks';
import { Another } from './another';
import { Choices } from './choices';
import { Trial } from './trial';

/**
 * The first run: pick a machine, see it tested line by line, go on. No terminal, no settings.
 */
export function FirstRun({
  context,
  onChosen
}: {
  context: IViewContext;

  /**
   * A machine passed its test.
   */
  onChosen: (machine: string) => void;
}): React.JSX.Element {
  const { remote, trans } = context;
  const { machines } = remote;
  useSignal(machines.changed);
  const [trial, setTrial] = useState<string | null>(null);
  const [isTyping, setTyping] = useState(false);
  const [returnTo, setReturnTo] = useState<string | null>(null);
  const latest = useRef<string | null>(null);

  useEffect(
    () => () => {
      latest.current = null; // what still runs decides nothing any more
    },
    []
  );

  const test = (name: string): void => {
    latest.current = name;
    setTyping(false);
    setTrial(name);
    void machines.runTest(name).then(isUsable => {
      if (isUsable && latest.current === name) {
        latest.current = null;
        onChosen(name);
      }
    });
  };
  const back = (to: string | null): void => {
    if (trial !== null) {
      machines.abortTest(trial);
    }
    latest.current = null;
    setReturnTo(to);
    setTrial(null);
    setTyping(false);
  };

  const view = trial === null ? null : machines.get(trial);
  return (
    <section
      className="jp-MlxFirstRun"
      role="region"
      aria-label={trans.__('Choose a machine')}
    >
      {view ? (
        <Trial
          context={context}
          view={view}
          onAgain={() => {
            test(view.machine.name);
          }}
          onBack={() => {
            back(view.machine.name);
          }}
        />
      ) : isTyping ? (
        <Another
          context={context}
          onAdded={test}
          onBack={() => {
            back('');
          }}
        />
      ) : (
        <Choices
          context={context}
          returnTo={returnTo}
          onChosen={test}
          onAnother={() => {
            setTyping(true);
          }}
        />
      )}
    </section>
  );
}
