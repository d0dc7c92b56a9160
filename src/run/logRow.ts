import type { TranslationBundle } from '@jupyterlab/translation';

import type { ILogLine } from '../models/log';
import { ansiNodes } from './ansi';
import { cellName, cellNumber } from './words';

const timeOfDay = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23'
});

/**
 * A line of the log without its text: when, where it comes from. Only the text is selected and copied.
 */
export function makeRow(
  { source, cell, time }: ILogLine,
  trans: TranslationBundle
): HTMLElement {
  const row = document.createElement('div');
  row.className = 'jp-MlxLog-row';
  row.dataset['source'] = source;
  const where = cell === null ? source : String(cellNumber(cell));
  const title = cell === null ? source : `${cellName(cell, trans)}, ${source}`;
  row.append(
    part('time', time ? timeOfDay.format(time * 1000) : ''),
    part('where', where, title),
    part('mark', source === 'stderr' ? 'err' : '', source),
    part('text', '')
  );
  return row;
}

/**
 * Write the text of a line into its row.
 */
export function fillRow(row: HTMLElement, text: string): void {
  row.lastElementChild?.replaceChildren(...ansiNodes(text));
}

function part(name: string, text: string, title = ''): HTMLElement {
  const span = document.createElement('span');
  span.className = `jp-MlxLog-${name}`;
  span.textContent = text;
  span.title = title;
  return span;
}
