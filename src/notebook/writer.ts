import { YCodeCell } from '@jupyter/ydoc';
import type { ICodeCellModel } from '@jupyterlab/cells';
import type * as nbformat from '@jupyterlab/nbformat';
import type { IOutputModel } from '@jupyterlab/rendermime';
import { JSONExt } from '@lumino/coreutils';

/**
 * Make a cell's outputs those of a list by as little as has to change, so that what stands there stays as it is.
 *
 * Goes through the cell's models alone: not into the history of undo, and never to the file.
 *
 * @param isShared Whether other browsers hold the same document. They know only outputs that are added at the end.
 */
export function writeOutputs(
  cell: ICodeCellModel,
  wanted: readonly nbformat.IOutput[],
  isShared = false
): void {
  const { outputs } = cell;
  const most = Math.min(outputs.length, wanted.length);
  let same = 0;
  while (same < most && isSame(outputs.get(same), wanted[same])) {
    same++;
  }
  if (same === outputs.length && same === wanted.length) {
    return;
  }
  distrust(cell);
  if (same === outputs.length) {
    add(cell, wanted.slice(same));
  } else if (same === outputs.length - 1 && extend(cell, wanted[same])) {
    add(cell, wanted.slice(same + 1));
  } else if (isShared || !replace(cell, wanted, same)) {
    outputs.clear();
    add(cell, wanted);
  }
}

/**
 * Whether a cell holds exactly these outputs.
 */
export function holds(
  cell: ICodeCellModel,
  wanted: readonly nbformat.IOutput[]
): boolean {
  const { outputs } = cell;
  return (
    outputs.length === wanted.length &&
    wanted.every((output, at) => isSame(outputs.get(at), output))
  );
}

/**
 * What a machine sent is shown as that of a notebook from strangers: nothing in it runs. Also not after saving, since
 * the server trusts whatever a cell says it trusts.
 */
export function distrust(cell: ICodeCellModel): void {
  if (cell.getMetadata('trusted') === true) {
    cell.setMetadata('trusted', false);
  }
  cell.trusted = false;
}

function add(cell: ICodeCellModel, wanted: readonly nbformat.IOutput[]): void {
  for (const output of wanted) {
    const length = cell.outputs.add(output);
    made.set(cell.outputs.get(length - 1), output);
  }
}

/**
 * Turn the text at the end into another that begins alike; whether both are such texts.
 */
function extend(
  cell: ICodeCellModel,
  wanted: nbformat.IOutput | undefined
): boolean {
  const index = cell.outputs.length - 1;
  const now = cell.outputs.get(index).toJSON();
  const shared = cell.sharedModel;
  if (
    wanted?.output_type !== 'stream' ||
    now.output_type !== 'stream' ||
    wanted['name'] !== now['name'] ||
    !(shared instanceof YCodeCell)
  ) {
    return false;
  }
  const before = textOf(now);
  const after = textOf(wanted);
  const start = commonStart(before, after);
  if (start < before.length) {
    shared.removeStreamOutput(index, start);
  }
  if (start < after.length) {
    shared.appendStreamOutput(index, after.slice(start));
  }
  return true;
}

/**
 * Replace outputs where they stand, from an index on; false where the list has to be made anew.
 */
function replace(
  cell: ICodeCellModel,
  wanted: readonly nbformat.IOutput[],
  from: number
): boolean {
  const { outputs } = cell;
  const fits =
    wanted.length >= outputs.length &&
    wanted.every(
      (output, at) =>
        at < from ||
        at >= outputs.length ||
        isSame(outputs.get(at), output) ||
        (output.output_type !== 'stream' && outputs.get(at).type !== 'stream')
    );
  if (!fits) {
    return false;
  }
  const there = outputs.length;
  for (let at = from; at < there; at++) {
    const output = wanted[at];
    if (output && !isSame(outputs.get(at), output)) {
      outputs.set(at, output);
      made.set(outputs.get(at), output);
    }
  }
  add(cell, wanted.slice(there));
  return true;
}

// What was made of what: large outputs are compared once, not with every line that follows them.
const made = new WeakMap<IOutputModel, nbformat.IOutput>();

function isSame(
  model: IOutputModel,
  wanted: nbformat.IOutput | undefined
): boolean {
  if (model.type !== wanted?.output_type) {
    return false;
  }
  if (model.type !== 'stream' && made.get(model) === wanted) {
    return true;
  }
  const now = model.toJSON();
  return now.output_type === 'stream'
    ? now['name'] === wanted['name'] && textOf(now) === textOf(wanted)
    : JSONExt.deepEqual(now, wanted);
}

function textOf(output: nbformat.IOutput): string {
  const text = output['text'] as nbformat.MultilineString;
  return typeof text === 'string' ? text : text.join('');
}

function commonStart(one: string, other: string): number {
  const most = Math.min(one.length, other.length);
  if (one.startsWith(other.slice(0, most)) && other.length <= one.length) {
    return most;
  }
  if (other.startsWith(one)) {
    return one.length;
  }
  let at = 0;
  while (at < most && one.charCodeAt(at) === other.charCodeAt(at)) {
    at++;
  }
  return at;
}
