const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * A run's id: 48 bits of milliseconds, 80 random bits, Crockford's base 32 (github.com/ulid/spec).
 */
export function newRunId(now: number = Date.now()): string {
  let time = '';
  for (let left = now, at = 0; at < 10; at++, left = Math.floor(left / 32)) {
    time = ALPHABET.charAt(left % 32) + time;
  }
  const random = crypto.getRandomValues(new Uint8Array(16));
  return time + Array.from(random, byte => ALPHABET.charAt(byte % 32)).join('');
}
