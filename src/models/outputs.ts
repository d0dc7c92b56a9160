import type * as nbformat from '@jupyterlab/nbformat';

import type { JournalEvent } from './events';
import { overwrite } from './terminal';

/**
 * One change to the outputs of a cell, for who shows them and wants no more work than there is.
 */
export type OutputChange =
  | { kind: 'add'; output: nbformat.IOutput }
  | { kind: 'append'; name: 'stdout' | 'stderr'; text: string }
  | { kind: 'replace'; index: number; output: nbformat.IOutput }
  | { kind: 'clear' };

/**
 * The outputs of one cell, folded from the events of its run.
 */
export class CellOutputs {
  /**
   * The outputs as a notebook has them. Not to be changed by readers.
   */
  readonly list: nbformat.IOutput[] = [];

  /**
   * Output that is on the machine's disk but was not sent, in bytes.
   */
  thinned = 0;

  /**
   * Apply an event; what changed, in order.
   */
  apply(event: JournalEvent): OutputChange[] {
    switch (event.type) {
      case 'stream':
        return [...this._begin(), this._stream(event.name, event.text)];
      case 'output':
        return [...this._begin(), this._add(event.output)];
      case 'clear_output':
        this._clearNext = event.wait;
        return event.wait ? [] : this._clear();
      case 'set_output':
        return [
          ...this._clear(),
          ...event.outputs.map(output => this._add(output))
        ];
      case 'update_display':
        return this._update(event.display_id, event);
      case 'thinned':
        this.thinned += event.bytes;
        return [];
      default:
        return [];
    }
  }

  /**
   * A cell that starts anew has no outputs.
   */
  restart(): OutputChange[] {
    this._clearNext = false;
    this.thinned = 0;
    return this.list.length ? this._clear() : [];
  }

  private _begin(): OutputChange[] {
    const clear = this._clearNext;
    this._clearNext = false;
    return clear ? this._clear() : [];
  }

  private _clear(): OutputChange[] {
    this.list.length = 0;
    return [{ kind: 'clear' }];
  }

  private _stream(name: 'stdout' | 'stderr', text: string): OutputChange {
    const last = this.list[this.list.length - 1];
    if (last?.output_type === 'stream' && last['name'] === name) {
      this.list[this.list.length - 1] = {
        ...last,
        text: overwrite(last['text'] as string, text)
      };
      return { kind: 'append', name, text };
    }
    return this._add({
      output_type: 'stream',
      name,
      text: overwrite('', text)
    });
  }

  private _add(output: nbformat.IOutput): OutputChange {
    this.list.push(output);
    return { kind: 'add', output };
  }

  private _update(
    id: string,
    { data, metadata }: Pick<nbformat.IDisplayUpdate, 'data' | 'metadata'>
  ): OutputChange[] {
    const changes: OutputChange[] = [];
    this.list.forEach((output, index) => {
      if (displayId(output) === id) {
        const next = { ...output, data, metadata };
        this.list[index] = next;
        changes.push({ kind: 'replace', index, output: next });
      }
    });
    return changes;
  }

  private _clearNext = false;
}

/**
 * The display id of an output as journals have it; null where it has none.
 */
export function displayId(output: nbformat.IOutput): string | null {
  const own = output['display_id'];
  const transient = output['transient'] as { display_id?: unknown } | undefined;
  const id = own ?? transient?.display_id;
  return typeof id === 'string' ? id : null;
}
