import { useContext, useEffect, useState } from 'react';

import type { IRemote } from '../../models/remote';
import type { RunModel } from '../../models/run';
import { Awake } from '../../ui/awake';

const GRACE = 10_000; // ms

/**
 * A run with all it tells, for as long as the view can be seen; null while it is not wanted.
 */
export function useRun(
  remote: IRemote,
  run: string,
  isWanted: boolean
): RunModel | null {
  const isAwake = useContext(Awake);
  const [model, setModel] = useState<RunModel | null>(null);
  const isOpen = isAwake && isWanted;
  useEffect(() => {
    if (!isOpen) {
      return;
    }
    const opening = remote.open(run);
    let isOver = false;
    void opening.then(({ model }) => {
      if (!isOver) {
        setModel(model);
      }
    });
    return () => {
      isOver = true;
      // Who looks away for a moment need not read it all again.
      window.setTimeout(() => {
        void opening.then(held => {
          held.dispose();
        });
      }, GRACE);
    };
  }, [remote, run, isOpen]);
  return model;
}
