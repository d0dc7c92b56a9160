import type { TranslationBundle } from '@jupyterlab/translation';
import { type ISignal, Signal } from '@lumino/signaling';

import type { IMachine, IMachineFields, INewMachine } from '../../api/types';
import { ApiError } from '../../models/remote';

/**
 * A field of a machine.
 */
export type FieldName = 'name' | keyof IMachineFields;

const NUMBERS: readonly FieldName[] = ['port', 'price', 'slots'];

/**
 * Fields for any machine, those for the way there first.
 */
export const WAY: readonly FieldName[] = [
  'host',
  'user',
  'port',
  'identity_file'
];
export const MORE: readonly FieldName[] = [
  'price',
  'currency',
  'slots',
  'root',
  'python',
  'transport'
];

/**
 * Fields this computer has.
 */
export const LOCAL: readonly FieldName[] = ['price', 'currency', 'slots'];

/**
 * What is typed about a machine, and what is wrong with it.
 */
export class MachineForm {
  /**
   * @param machine The machine that is changed; null for a new one.
   */
  constructor(
    readonly machine: IMachine | null,
    private _trans: TranslationBundle,
    typed: Partial<INewMachine> = {}
  ) {
    for (const name of ['name', ...WAY, ...MORE] as FieldName[]) {
      const value = machine?.[name] ?? typed[name] ?? null;
      this._before.set(name, value === null ? '' : String(value));
    }
    if (!machine) {
      this._before.set('currency', '');
      this._before.set('transport', 'ssh');
    }
    this._values = new Map(this._before);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /**
   * What is wrong; null while nothing is.
   */
  get error(): ApiError | null {
    return this._error;
  }

  value(name: FieldName): string {
    return this._values.get(name) ?? '';
  }

  set(name: FieldName, value: string): void {
    this._values.set(name, value);
    if (this._error?.field === name) {
      this._error = null;
    }
    this._changed.emit();
  }

  /**
   * Say what is wrong.
   */
  refuse(reason: unknown): void {
    this._error =
      reason instanceof ApiError ? reason : new ApiError(String(reason), 0);
    this._changed.emit();
  }

  /**
   * The new machine. Raises `ApiError`.
   */
  added(): INewMachine {
    const fields: Record<string, string | number> = {};
    for (const [name, text] of this._values) {
      if (text.trim() !== '') {
        fields[name] = this._read(name, text);
      }
    }
    return { ...fields, name: this.value('name').trim() };
  }

  /**
   * What was changed; null takes a field back to its default. Raises `ApiError`.
   */
  changes(): IMachineFields {
    const fields: Record<string, string | number | null> = {};
    for (const [name, text] of this._values) {
      if (text !== this._before.get(name)) {
        fields[name] = text.trim() === '' ? null : this._read(name, text);
      }
    }
    return fields;
  }

  private _read(name: FieldName, text: string): string | number {
    if (!NUMBERS.includes(name)) {
      return text.trim();
    }
    const number = Number(text.trim().replace(',', '.'));
    if (Number.isNaN(number)) {
      const said = this._trans.__('“%1” is no number', text.trim());
      throw new ApiError(said, 0, null, 'input', name);
    }
    return number;
  }

  private _before = new Map<FieldName, string>();
  private _values: Map<FieldName, string>;
  private _error: ApiError | null = null;
  private _changed = new Signal<this, void>(this);
}
