import type * as nbformat from '@jupyterlab/nbformat';
import type { ReadonlyPartialJSONValue } from '@lumino/coreutils';

/**
 * A mime value that was too large for an event; the run has it by its sha256.
 */
export interface IMediaReference {
  sha256: string;
  size: number;
  isJson: boolean;
}

type Fields = Record<string, unknown>;

const jsonMime = /^application\/(.*\+)?json$/;
const sha256 = /^[0-9a-f]{64}$/;

/**
 * An output of a journal with the fields nbformat knows, each of its kind, and its `display_id`; null for what is none.
 */
export function readOutput(value: unknown): nbformat.IOutput | null {
  const output = fields(value);
  switch (output?.['output_type']) {
    case 'stream':
      return {
        output_type: 'stream',
        name: output['name'] === 'stderr' ? 'stderr' : 'stdout',
        text: joined(output['text']) ?? ''
      };
    case 'error':
      return {
        output_type: 'error',
        ename: joined(output['ename']) ?? '',
        evalue: joined(output['evalue']) ?? '',
        traceback: texts(output['traceback'])
      };
    case 'execute_result':
      return {
        output_type: 'execute_result',
        execution_count: count(output['execution_count']),
        ...bundle(output)
      };
    case 'display_data':
      return { output_type: 'display_data', ...bundle(output) };
    default:
      return null;
  }
}

/**
 * A mime bundle: values are text, except where the mime is one of JSON or the value is elsewhere.
 */
export function readData(data: unknown): nbformat.IMimeBundle {
  const found: nbformat.IMimeBundle = {};
  for (const [mime, value] of Object.entries(fields(data) ?? {})) {
    found[mime] =
      mediaReference(value) || jsonMime.test(mime)
        ? (value as nbformat.MultilineString)
        : (joined(value) ?? JSON.stringify(value));
  }
  return found;
}

/**
 * What a mime value refers to; null for a value that is there.
 */
export function mediaReference(value: unknown): IMediaReference | null {
  const found = fields(value);
  const name = found?.['$media'];
  if (typeof name !== 'string' || !sha256.test(name)) {
    return null;
  }
  const size = found?.['size'];
  return {
    sha256: name,
    size: typeof size === 'number' ? size : 0,
    isJson: found?.['encoding'] === 'json'
  };
}

/**
 * The value of a text that was read for a reference; text where its mime is none of JSON.
 */
export function mediaValue(
  mime: string,
  text: string,
  isJson: boolean
): ReadonlyPartialJSONValue {
  if (!isJson || !jsonMime.test(mime)) {
    return text;
  }
  try {
    return JSON.parse(text) as ReadonlyPartialJSONValue;
  } catch {
    return text;
  }
}

function bundle(output: Fields): {
  data: nbformat.IMimeBundle;
  metadata: nbformat.OutputMetadata;
} {
  const id = output['display_id'];
  return {
    data: readData(output['data']),
    metadata: (fields(output['metadata']) ?? {}) as nbformat.OutputMetadata,
    ...(typeof id === 'string' ? { display_id: id } : {})
  };
}

function joined(value: unknown): string | null {
  if (Array.isArray(value)) {
    return texts(value).join('');
  }
  return typeof value === 'string' ? value : null;
}

function texts(value: unknown): string[] {
  return Array.isArray(value)
    ? value.filter(one => typeof one === 'string')
    : [];
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0
    ? value
    : null;
}

function fields(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : null;
}
