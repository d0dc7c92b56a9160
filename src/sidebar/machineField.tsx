import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Machines } from '../models/machines';
import { useSignal } from '../ui/hooks';

/**
 * As much of a form's field as this one uses.
 */
export interface IMachineFieldProps {
  idSchema: { $id: string };
  formData?: unknown;

  /**
   * Undefined takes the value away: an empty text would be written into the notebook.
   */
  onChange: (value: string | undefined) => void;
  schema: { title?: string | undefined; description?: string | undefined };
}

/**
 * A field for the name of a machine: any text, with the known names to pick from.
 */
export function machineField(
  machines: Machines,
  trans: TranslationBundle
): (props: IMachineFieldProps) => React.JSX.Element {
  return function MachineField({
    idSchema: { $id },
    formData,
    onChange,
    schema
  }): React.JSX.Element {
    useSignal(machines.changed);
    const names = machines.all.map(({ machine }) => machine.name);
    const value = typeof formData === 'string' ? formData : '';
    const isUnknown =
      value !== '' && machines.isReady && !names.includes(value);
    return (
      <div className="jp-MlxMachineField">
        <label htmlFor={$id} className="jp-FormGroup-fieldLabel">
          {schema.title}
        </label>
        <input
          id={$id}
          className="form-control"
          type="text"
          list={`${$id}-names`}
          value={value}
          placeholder={trans.__('asked the first time')}
          aria-describedby={isUnknown ? `${$id}-about` : undefined}
          onChange={event => {
            onChange(event.target.value || undefined);
          }}
        />
        <datalist id={`${$id}-names`}>
          {names.map(name => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <div id={`${$id}-about`} className="jp-MlxMachineField-about">
          {isUnknown && trans.__('No machine of that name is known here.')}
        </div>
      </div>
    );
  };
}
