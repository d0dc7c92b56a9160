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

function isTimes(value: unknown): value is IEarlier['execution'] {
  return typeof value === 'object' && value !== null;
}
