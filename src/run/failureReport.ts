import type { Log } from '../models/log';
import { plainText } from './ansi';
import type { ShownRun } from './shownRun';

/**
 * The traceback of the cell the run failed at; empty where it has none.
 */
export function traceback({ failedCell, model }: ShownRun): string {
  const outputs =
    failedCell === null ? [] : (model.cell(failedCell)?.outputs.list ?? []);
  const error = outputs.find(one => one.output_type === 'error');
  const lines: unknown = error?.['traceback'];
  return Array.isArray(lines)
    ? lines.filter((one): one is string => typeof one === 'string').join('\n')
    : '';
}

/**
 * The last lines of a log that say something.
 */
export function lastLines({ lines }: Log, most: number): string[] {
  return lines
    .slice(-most * 2)
    .map(({ text }) => text)
    .filter(text => text.trim() !== '')
    .slice(-most);
}

/**
 * All that somebody else needs to see what went wrong, as text.
 */
export function failureReport(run: ShownRun): string {
  const { facts, model } = run;
  const exit = model.detail?.exit ?? {};
  const python = model.detail?.environment['python'];
  const parts = [
    `run #${facts?.number ?? '?'} of ${facts?.notebook ?? ''} on ${facts?.machine ?? ''} (${run.id})`,
    `${facts?.state ?? ''}: ${facts?.reason ?? ''}`,
    `cause: ${text(exit['cause'])}  python: ${text(python)}`,
    '',
    traceback(run).split('\n').map(plainText).join('\n'),
    '',
    'end of the log:',
    ...lastLines(model.log, 20).map(plainText)
  ];
  return parts.join('\n');
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '–';
}
