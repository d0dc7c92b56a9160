import { duration } from '../ui/format';

/**
 * A time that goes on: whole seconds, since tenths would only flicker.
 */
export function ticking(seconds: number): string {
  return seconds < 10 ? `${Math.floor(seconds)} s` : duration(seconds);
}
