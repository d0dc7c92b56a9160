import type * as nbformat from '@jupyterlab/nbformat';

import { mediaReference, mediaValue } from '../models/mime';
import type { RunModel } from '../models/run';
import { seen } from '../models/terminal';
import { bytes } from '../ui/format';

const MOST = 32_000_000; // bytes of one value; larger ones are seen in the run alone
const TRIES = 6;
const FIRST_WAIT = 1_000; // ms

/**
 * Outputs of a run as a notebook has them: without what only journals know, large values read.
 *
 * While a value is on its way a line stands in its place; `arrived` is called when there is more to show.
 */
export class LargeOutputs {
  constructor(model: RunModel, arrived: () => void) {
    this._model = model;
    this._arrived = arrived;
  }

  /**
   * Whether values are still on their way.
   */
  get isWaiting(): boolean {
    return this._waiting > 0;
  }

  /**
   * The same output gives the same object until more of it has come.
   */
  shown(output: nbformat.IOutput): nbformat.IOutput {
    const known = this._shown.get(output);
    if (known && (known.isWhole || known.read === this._values.size)) {
      return known.output;
    }
    const made = this._made(output);
    this._shown.set(output, { ...made, read: this._values.size });
    return made.output;
  }

  private _made(output: nbformat.IOutput): {
    output: nbformat.IOutput;
    isWhole: boolean;
  } {
    if (output.output_type === 'stream') {
      const text = seen(output['text'] as string);
      return { output: { ...output, text }, isWhole: true };
    }
    if (output.output_type === 'error') {
      return { output, isWhole: true };
    }
    const { display_id: _, ...rest } = output;
    const data: nbformat.IMimeBundle = {};
    const missing: string[] = [];
    for (const [mime, value] of Object.entries(
      output['data'] as nbformat.IMimeBundle
    )) {
      const reference = mediaReference(value);
      const text = reference && this._value(reference.sha256, reference.size);
      if (!reference) {
        data[mime] = value;
      } else if (typeof text === 'string') {
        data[mime] = mediaValue(
          mime,
          text,
          reference.isJson
        ) as nbformat.MultilineString;
      } else {
        missing.push(`(${mime}, ${bytes(reference.size)})`);
      }
    }
    if (missing.length > 0) {
      data['text/plain'] ??= missing.join('\n');
    }
    return { output: { ...rest, data }, isWhole: missing.length === 0 };
  }

  private _value(sha256: string, size: number): string | null {
    const known = this._values.get(sha256);
    if (known !== undefined) {
      return known;
    }
    if (size <= MOST && !this._asked.has(sha256)) {
      this._asked.add(sha256);
      this._waiting++;
      void this._fetch(sha256, 0);
    }
    return null;
  }

  private async _fetch(sha256: string, tried: number): Promise<void> {
    try {
      this._values.set(sha256, await this._model.media(sha256));
    } catch {
      if (tried < TRIES && !this._model.isDisposed) {
        window.setTimeout(
          () => void this._fetch(sha256, tried + 1),
          FIRST_WAIT * 2 ** tried
        );
        return;
      }
    }
    this._waiting--;
    if (!this._model.isDisposed) {
      this._arrived();
    }
  }

  private _model: RunModel;
  private _arrived: () => void;
  private _waiting = 0;
  private _asked = new Set<string>();
  private _values = new Map<string, string>();
  private _shown = new WeakMap<
    nbformat.IOutput,
    { output: nbformat.IOutput; isWhole: boolean; read: number }
  >();
}
