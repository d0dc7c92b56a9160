import type { ISignal } from '@lumino/signaling';
import { useEffect, useReducer } from 'react';

/**
 * Render again whenever a signal is emitted; several emissions before the next frame are one.
 *
 * @param concerns Whether an emission matters here; all do where it is left out.
 */
export function useSignal<S, A>(
  signal: ISignal<S, A>,
  concerns?: (args: A) => boolean
): void {
  const [, again] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    let frame = 0;
    const slot = (_: S, args: A) => {
      if (frame === 0 && (!concerns || concerns(args))) {
        frame = requestAnimationFrame(() => {
          frame = 0;
          again();
        });
      }
    };
    signal.connect(slot);
    return () => {
      signal.disconnect(slot);
      cancelAnimationFrame(frame);
    };
  }, [signal, concerns]);
}

/**
 * The time now, in milliseconds; rendered again each second while it runs and the page is seen.
 */
export function useClock(isRunning: boolean): number {
  const [, again] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    if (!isRunning) {
      return;
    }
    const timer = window.setInterval(() => {
      if (!document.hidden) {
        again();
      }
    }, 1000);
    return () => {
      window.clearInterval(timer);
    };
  }, [isRunning]);
  return Date.now();
}
