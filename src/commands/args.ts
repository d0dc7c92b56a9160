import type {
  ReadonlyJSONObject,
  ReadonlyPartialJSONObject
} from '@lumino/coreutils';

/**
 * What a command was given; every part is judged before it is used, as anybody can execute a command.
 */
export type Args = ReadonlyPartialJSONObject;

/**
 * A text that is there and not empty; null otherwise.
 */
export function text(args: Args, name: string): string | null {
  const value = args[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

/**
 * An index from 0 on; null otherwise.
 */
export function index(args: Args, name: string): number | null {
  const value = args[name];
  return typeof value === 'number' && Number.isInteger(value) && value >= 0
    ? value
    : null;
}

/**
 * Texts by name, numbers and truth values written out.
 */
export function texts(args: Args, name: string): Record<string, string> {
  const value = args[name];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return {};
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      typeof one === 'string' ? one : JSON.stringify(one)
    ])
  );
}

/**
 * A list of texts; null where there is no list.
 */
export function list(args: Args, name: string): string[] | null {
  const value = args[name];
  return Array.isArray(value)
    ? value.filter((one): one is string => typeof one === 'string')
    : null;
}

/**
 * The arguments of a command as the registry wants them described.
 */
export function described(
  properties: Record<string, { type: string; description: string }>,
  required: string[] = []
): {
  args: ReadonlyJSONObject;
} {
  return { args: { type: 'object', properties, required } };
}
