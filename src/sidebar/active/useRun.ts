import { useContext, useEffect, useState } from 'react';

import type { IRemote } from '../../models/remote';
import type { RunModel } from '../../models/run';
import { Awake } from '../../ui/awake';

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
    const held = remote.open(run);
    setModel(held.model);
    return () => {
      setModel(null);
      held.dispose();
    };
  }, [remote, run, isOpen]);
  return model;
}
