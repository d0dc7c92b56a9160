import type * as nbformat from '@jupyterlab/nbformat';

import type { IExecutedNotebook } from '../api/types';

/**
 * One cell of the notebook that ran.
 */
export interface IExecutedCell {
  index: number;
  kind: 'code' | 'markdown' | 'raw';
  id: string;
  source: string;
  outputs: nbformat.IOutput[];
}

/**
 * The notebook that ran, as far as a view of it needs.
 */
export interface IExecuted {
  cells: IExecutedCell[];

  /**
   * The mime type of its language; empty where it does not say.
   */
  language: string;

  /**
   * Names of languages it says, the most certain first.
   */
  names: string[];
}

type Fields = Record<string, unknown>;

/**
 * Read what the server composed; content of machines and of files, so each field is judged.
 */
export function readExecuted({ notebook }: IExecutedNotebook): IExecuted {
  const metadata = fields(notebook['metadata']);
  const info = fields(metadata['language_info']);
  const kernel = fields(metadata['kernelspec']);
  return {
    cells: list(notebook['cells']).map((cell, index) =>
      readCell(fields(cell), index)
    ),
    language: text(info['mimetype']),
    names: [text(info['name']), text(kernel['language'])].filter(Boolean)
  };
}

/**
 * Outputs as the journal has them, with the large values that stand elsewhere put in.
 *
 * @param whole The same outputs from the composed notebook; null where it was not read yet.
 */
export function withMedia(
  outputs: readonly nbformat.IOutput[],
  whole: readonly nbformat.IOutput[] | null
): nbformat.IOutput[] {
  return outputs.map((output, at) => {
    const data = output['data'];
    if (!isFields(data) || !hasMedia(output)) {
      return output;
    }
    const found = fields(whole?.[at]?.['data']);
    const filled = Object.entries(data).map(([mime, value]) =>
      isMedia(value) ? [mime, found[mime]] : [mime, value]
    );
    const known = filled.filter(([, value]) => value !== undefined);
    return {
      ...output,
      data: known.length
        ? (Object.fromEntries(known) as nbformat.IMimeBundle)
        : { 'text/plain': '…' }
    };
  });
}

/**
 * Whether an output has a large value that stands elsewhere.
 */
export function hasMedia(output: nbformat.IOutput): boolean {
  return Object.values(fields(output['data'])).some(isMedia);
}

function readCell(cell: Fields, index: number): IExecutedCell {
  const kind = cell['cell_type'];
  return {
    index,
    kind: kind === 'markdown' || kind === 'raw' ? kind : 'code',
    id: text(cell['id']),
    source: multiline(cell['source']),
    outputs: list(cell['outputs']).filter(isOutput)
  };
}

function multiline(value: unknown): string {
  return Array.isArray(value) ? value.map(text).join('') : text(value);
}

function isMedia(value: unknown): boolean {
  return isFields(value) && typeof value['$media'] === 'string';
}

function isOutput(value: unknown): value is nbformat.IOutput {
  return isFields(value) && typeof value['output_type'] === 'string';
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function fields(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
