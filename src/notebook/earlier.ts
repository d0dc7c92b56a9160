import type { ICodeCellModel } from '@jupyterlab/cells';
import type * as nbformat from '@jupyterlab/nbformat';

import { writeOutputs } from './writer';

/**
 * What a cell held before a run wrote into it.
 */
export interface IEarlier {
  outputs: nbformat.IOutput[];
  count: number | null;
  execution: nbformat.ICodeCellMetadata['execution'] | null;
  isTrusted: boolean;
}

const MOST = 200_000; // characters of one notebook's outputs that outlive the page

/**
 * Remember what a cell holds.
 */
export function keep(cell: ICodeCellModel): IEarlier {
  const execution = cell.getMetadata('execution') as unknown;
  return {
    outputs: cell.outputs.toJSON(),
    count: cell.executionCount,
    execution: isTimes(execution) ? execution : null,
    isTrusted: cell.trusted
  };
}

/**
 * Put it back; it is trusted again where it was before, in this page.
 */
export function putBack(cell: ICodeCellModel, earlier: IEarlier): void {
  writeOutputs(cell, earlier.outputs);
  cell.executionCount = earlier.count;
  cell.executionState = 'idle';
  if (earlier.execution) {
    cell.setMetadata('execution', earlier.execution);
  } else {
    cell.deleteMetadata('execution');
  }
  if (earlier.isTrusted) {
    cell.trusted = true;
  }
}

/**
 * As much of what is kept as fits beside other small things; what was trusted here is not trusted by that.
 */
export function toStore(
  all: ReadonlyMap<string, IEarlier>
): [string, IEarlier][] {
  const stored: [string, IEarlier][] = [];
  let size = 0;
  for (const [id, earlier] of all) {
    size += JSON.stringify(earlier.outputs).length;
    if (size > MOST) {
      break;
    }
    stored.push([id, { ...earlier, isTrusted: false }]);
  }
  return stored;
}

function isTimes(value: unknown): value is IEarlier['execution'] {
  return typeof value === 'object' && value !== null;
}
