import type { TranslationBundle } from '@jupyterlab/translation';

/**
 * A span of time: `4.2 s`, `3:41`, `2:03:41`.
 */
export function duration(seconds: number): string {
  if (seconds < 9.95) {
    return `${seconds.toFixed(1)} s`;
  }
  if (seconds < 59.5) {
    return `${Math.round(seconds)} s`;
  }
  const whole = Math.round(seconds);
  const [h, m, s] = [
    Math.floor(whole / 3600),
    Math.floor(whole / 60) % 60,
    whole % 60
  ];
  const tail = String(s).padStart(2, '0');
  return h > 0 ? `${h}:${String(m).padStart(2, '0')}:${tail}` : `${m}:${tail}`;
}

/**
 * A number of bytes: `0 B`, `512 B`, `1.2 MB`.
 */
export function bytes(size: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let at = 0;
  while (size >= 999.5 && at < units.length - 1) {
    size /= 1000;
    at++;
  }
  return `${at > 0 && size < 99.95 ? size.toFixed(1) : Math.round(size)} ${units[at] ?? ''}`;
}

/**
 * A metric's value with as many digits as a person reads.
 */
export function value(number: number): string {
  if (!Number.isFinite(number)) {
    return String(number);
  }
  const size = Math.abs(number);
  return size !== 0 && (size < 1e-3 || size >= 1e6)
    ? number.toExponential(2)
    : String(Number(number.toPrecision(4)));
}

/**
 * An amount of money.
 */
export function money(amount: number, currency: string): string {
  try {
    return new Intl.NumberFormat(undefined, {
      style: 'currency',
      currency,
      maximumFractionDigits: amount < 1 ? 3 : 2
    }).format(amount);
  } catch {
    return `${amount.toFixed(2)} ${currency}`; // a code that is none
  }
}

/**
 * How long ago a moment was, in words.
 */
export function ago(
  ms: number,
  trans: TranslationBundle,
  now: number = Date.now()
): string {
  const seconds = Math.max(0, (now - ms) / 1000);
  if (seconds < 60) {
    return trans.__('just now');
  }
  const format = new Intl.RelativeTimeFormat(undefined, {
    numeric: 'auto',
    style: 'narrow'
  });
  const [size, unit] = (
    [
      [86_400, 'day'],
      [3_600, 'hour'],
      [60, 'minute']
    ] as const
  ).find(([span]) => seconds >= span) ?? [60, 'minute'];
  return format.format(-Math.floor(seconds / size), unit);
}

/**
 * The time of day of a moment, with its day where that is not today.
 */
export function clockTime(ms: number, now: number = Date.now()): string {
  const [then, today] = [new Date(ms), new Date(now)];
  const isToday = then.toDateString() === today.toDateString();
  return then.toLocaleString(undefined, {
    hour: '2-digit',
    minute: '2-digit',
    ...(isToday ? {} : { day: 'numeric', month: 'short' })
  });
}
