import type { ISignal } from '@lumino/signaling';
import { createContext, useContext } from 'react';

import { useClock, useSignal } from './hooks';

/**
 * Whether somebody can see the view; what cannot be seen does not render again.
 */
export const Awake = createContext(true);

/**
 * `useSignal` that rests while the view cannot be seen; it renders once when it is seen again.
 */
export function useLive<S, A>(
  signal: ISignal<S, A>,
  concerns?: (args: A) => boolean
): void {
  useSignal(signal, useContext(Awake) ? concerns : nothing);
}

/**
 * `useClock` that rests while the view cannot be seen.
 */
export function useLiveClock(isRunning: boolean): number {
  const isAwake = useContext(Awake);
  return useClock(isRunning && isAwake);
}

function nothing(): boolean {
  return false;
}
