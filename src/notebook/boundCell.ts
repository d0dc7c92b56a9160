import type { ICodeCellModel } from '@jupyterlab/cells';
import type * as nbformat from '@jupyterlab/nbformat';

import type { ICellSource, RunState } from '../api/types';
import type { IFilledCell } from '../models/fills';
import type { IRunCell } from '../models/run';
import { holds, writeOutputs } from './writer';

/**
 * One cell of an open notebook with the cell that ran.
 */
export class BoundCell {
  constructor(
    readonly model: ICodeCellModel,
    readonly ran: ICellSource
  ) {}

  isTaken = false;

  /**
   * Whether there is something to write.
   */
  isDirty = true;

  /**
   * Whether its sign of running is of our making.
   */
  isRunning = false;

  /**
   * Not to be written before this moment, in milliseconds; long texts are shown less often than short ones.
   */
  due = 0;

  /**
   * What was written last; null where nothing was.
   */
  written: readonly nbformat.IOutput[] | null = null;

  get isEdited(): boolean {
    return (
      !this.model.isDisposed &&
      this.model.sharedModel.getSource() !== this.ran.source
    );
  }

  /**
   * Write what the run has for it.
   */
  write(
    cell: IRunCell,
    wanted: readonly nbformat.IOutput[],
    isOver: boolean,
    withTimes: boolean,
    isShared: boolean
  ): void {
    const { model } = this;
    const isRunning = cell.state === 'running' && !isOver;
    if (isRunning || this.written === null) {
      model.executionState = 'running'; // also tells the lab that these outputs are of this source
      this.isRunning = true;
    }
    writeOutputs(model, wanted, isShared);
    this.written = wanted;
    if (isRunning) {
      model.executionCount = null;
    } else {
      this.rest();
      model.executionCount = cell.executionCount;
      if (withTimes && Object.keys(cell.timing).length > 0) {
        model.setMetadata('execution', cell.timing);
      }
    }
  }

  /**
   * Take back the sign of running.
   */
  rest(): void {
    if (this.isRunning) {
      this.isRunning = false;
      this.model.executionState = 'idle';
    }
  }

  /**
   * Whether it still holds what the run put out.
   */
  holds(wanted: readonly nbformat.IOutput[]): boolean {
    return holds(this.model, this.written ?? wanted);
  }

  /**
   * As views see it.
   */
  seen(
    cell: IRunCell | null,
    wanted: readonly nbformat.IOutput[],
    end: RunState | null
  ): IFilledCell {
    const written = this.written;
    const isWhole =
      written?.length === wanted.length &&
      wanted.every((output, at) => output === written[at]);
    return {
      index: this.ran.index,
      state: stateOf(cell, end),
      started: cell?.started ?? null,
      duration_s: cell?.duration_s ?? null,
      isEdited: this.isEdited,
      isBehind: this.isEdited && !isWhole && wanted.length > 0,
      isTaken: this.isTaken,
      thinned: cell?.outputs.thinned ?? 0
    };
  }
}

/**
 * Of a run that is over no cell waits or runs any more, whatever was heard of it last.
 */
function stateOf(cell: IRunCell | null, end: RunState | null): string {
  const state = cell?.state ?? 'waiting';
  if (end === null || (state !== 'waiting' && state !== 'running')) {
    return state;
  }
  return state === 'waiting' ? 'skipped' : end === 'lost' ? end : 'cancelled';
}
