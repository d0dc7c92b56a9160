import type { TranslationBundle } from '@jupyterlab/translation';

import { duration } from '../ui/format';

/**
 * The number people know a cell by: its place in the run's notebook from 1, as in the lab and in what the engine says.
 */
export function cellNumber(index: number): number {
  return index + 1;
}

/**
 * The name of the cell with an index.
 */
export function cellName(index: number, trans: TranslationBundle): string {
  return trans.__('cell %1', cellNumber(index));
}

/**
 * How long a cell took; most take next to nothing.
 */
export function took(seconds: number): string {
  return seconds < 0.05 ? '< 0.1 s' : duration(seconds);
}

/**
 * Time from the start of a run, as fine as ticks that stand `step` seconds apart need it.
 */
export function sinceStart(seconds: number, step = 0.01): string {
  if (seconds >= 60 && step >= 1) {
    return duration(seconds);
  }
  const digits = Math.min(3, (String(step).split('.')[1] ?? '').length);
  return `${seconds.toFixed(digits)} s`;
}

/**
 * A time of day.
 */
export function clock(ms: number): string {
  return new Date(ms).toLocaleTimeString(undefined, {
    hour: '2-digit',
    minute: '2-digit'
  });
}

/**
 * A moment as people write it.
 */
export function dateTime(ms: number): string {
  return new Date(ms).toLocaleString(undefined, {
    dateStyle: 'medium',
    timeStyle: 'medium'
  });
}

/**
 * A parameter or another value of JSON in short.
 */
export function short(value: unknown, most = 60): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/**
 * What a word of `exit.json` means for people; null where the reason alone says it.
 */
export function causeTitle(
  cause: string,
  trans: TranslationBundle
): string | null {
  const words: Record<string, string> = {
    cell_error: trans.__('A cell raised an error'),
    kernel_died: trans.__('The kernel died'),
    out_of_memory: trans.__('The machine ran out of memory'),
    time_limit: trans.__('The time limit was reached'),
    no_output_limit: trans.__('It put nothing out for too long'),
    environment: trans.__('The environment could not be built'),
    no_space: trans.__('The disk of the machine is full'),
    supervisor_died: trans.__('What watched over the run was killed'),
    rebooted: trans.__('The machine was rebooted'),
    input: trans.__('What was sent could not be used'),
    kernel_start: trans.__('The kernel did not start'),
    internal: trans.__('jupyter_mlx itself failed there')
  };
  return new Map(Object.entries(words)).get(cause) ?? null;
}

/**
 * What to do about it; null where there is no better advice than the traceback.
 */
export function causeAdvice(
  cause: string,
  trans: TranslationBundle
): string | null {
  const words: Record<string, string> = {
    cell_error: trans.__(
      'Correct the cell in your notebook, then run it again.'
    ),
    kernel_died: trans.__(
      'Look at the last lines of the log: native code often says there why it crashed.'
    ),
    out_of_memory: trans.__(
      'Load less at once, use a smaller batch, or take a machine with more memory.'
    ),
    time_limit: trans.__('Give it more time, or less to do.'),
    no_output_limit: trans.__(
      'Print progress now and then, or set a longer limit.'
    ),
    environment: trans.__(
      'The log names the package that could not be installed; pin another version, or use an environment of the machine.'
    ),
    no_space: trans.__('Clean the machine, then run it again.'),
    supervisor_died: trans.__('Run it again; what it had written is here.'),
    rebooted: trans.__('Run it again; what it had written is here.'),
    kernel_start: trans.__(
      'The environment needs ipykernel that works there; the log says what is wrong.'
    )
  };
  return new Map(Object.entries(words)).get(cause) ?? null;
}
