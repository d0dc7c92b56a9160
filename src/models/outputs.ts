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

// Of more than these the middle is left out here; the run keeps it all.
const MOST_TEXT = 1_000_000; // characters of one text
const HEAD_TEXT = 200_000;
const TAIL_TEXT = 400_000;
const MOST_OUTPUTS = 10_000;
const HEAD_OUTPUTS = 2_500;
const TAIL_OUTPUTS = 5_000;

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
        return [
          ...this._begin(),
          this._stream(event.name, event.text),
          ...this._bound()
        ];
      case 'output':
        return [...this._begin(), this._add(event.output), ...this._bound()];
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
    this._leftOut = 0;
    return this.list.length ? this._clear() : [];
  }

  private _begin(): OutputChange[] {
    const clear = this._clearNext;
    this._clearNext = false;
    return clear ? this._clear() : [];
  }

  private _clear(): OutputChange[] {
    this.list.length = 0;
    this._cut = null;
    this._leftOut = 0;
    return [{ kind: 'clear' }];
  }

  private _stream(name: 'stdout' | 'stderr', text: string): OutputChange {
    const last = this.list[this.list.length - 1];
    if (last?.output_type === 'stream' && last['name'] === name) {
      const whole = overwrite(last['text'] as string, text);
      const next = { ...last, text: this._shortened(whole) };
      const index = this.list.length - 1;
      this.list[index] = next;
      return whole.length > MOST_TEXT
        ? { kind: 'replace', index, output: next }
        : { kind: 'append', name, text };
    }
    return this._push({
      output_type: 'stream',
      name,
      text: overwrite('', text)
    });
  }

  /**
   * A text that grew beyond all measure, with a line where its middle was.
   */
  private _shortened(text: string): string {
    if (text.length <= MOST_TEXT) {
      return text;
    }
    const head = this._cut?.head ?? text.slice(0, HEAD_TEXT);
    const begin = head.length + (this._cut?.line.length ?? 0);
    const end = text.indexOf('\n', text.length - TAIL_TEXT) + 1;
    const tail = Math.max(begin, end || text.length - TAIL_TEXT);
    const left = (this._cut?.left ?? 0) + tail - begin;
    const line = `\n… ${left} characters left out here; the run has them …\n`;
    this._cut = { head, left, line };
    return head + line + text.slice(tail);
  }

  /**
   * Of very many outputs those in the middle go.
   */
  private _bound(): OutputChange[] {
    if (this.list.length <= MOST_OUTPUTS) {
      return [];
    }
    const first = HEAD_OUTPUTS + (this._leftOut > 0 ? 1 : 0);
    this._leftOut += this.list.length - TAIL_OUTPUTS - first;
    const said = `… ${this._leftOut} outputs left out here; the run has them …`;
    const line = {
      output_type: 'display_data',
      data: { 'text/plain': said },
      metadata: {}
    };
    const tail = this.list.slice(-TAIL_OUTPUTS);
    this.list.splice(HEAD_OUTPUTS, this.list.length, line, ...tail);
    const all = this.list.map((output): OutputChange => ({
      kind: 'add',
      output
    }));
    return [{ kind: 'clear' }, ...all];
  }

  private _add(output: nbformat.IOutput): OutputChange {
    if (output.output_type === 'stream') {
      const name = output['name'] === 'stderr' ? 'stderr' : 'stdout';
      return this._stream(name, output['text'] as string);
    }
    return this._push(output);
  }

  private _push(output: nbformat.IOutput): OutputChange {
    this._cut = null;
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
  private _cut: { head: string; left: number; line: string } | null = null;
  private _leftOut = 0;
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
