import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { useEffect, useId, useRef } from 'react';

import type { FieldName, MachineForm } from './form';

/**
 * One field of a machine, with what it means and what is wrong with it.
 */
export function Field({
  name,
  form,
  trans
}: {
  name: FieldName;
  form: MachineForm;
  trans: TranslationBundle;
}): React.JSX.Element {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const { label, about } = words(name, trans);
  const { error } = form;
  const isWrong = error?.field === name;
  useEffect(() => {
    if (isWrong) {
      input.current?.focus();
    }
  }, [isWrong, error]);
  const described = isWrong
    ? `${id}-wrong`
    : about === ''
      ? undefined
      : `${id}-about`;
  return (
    <div className="jp-MlxField">
      <label htmlFor={id}>{label}</label>
      {name === 'transport' ? (
        <select
          id={id}
          className="jp-MlxField-input"
          value={form.value(name)}
          aria-describedby={described}
          onChange={event => {
            form.set(name, event.target.value);
          }}
        >
          <option value="ssh">{trans.__('built in')}</option>
          <option value="openssh">{trans.__('the ssh program')}</option>
        </select>
      ) : (
        <input
          ref={input}
          id={id}
          className="jp-MlxField-input"
          type="text"
          inputMode={
            name === 'price'
              ? 'decimal'
              : name === 'port' || name === 'slots'
                ? 'numeric'
                : 'text'
          }
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          defaultValue={form.value(name)} // what is typed fast must not wait for a render
          aria-invalid={isWrong}
          aria-describedby={described}
          onChange={event => {
            form.set(name, event.target.value);
          }}
        />
      )}
      {isWrong ? (
        <div id={`${id}-wrong`} role="alert" className="jp-MlxField-wrong">
          {error.message}
          {error.hint !== null && <div>→ {error.hint}</div>}
        </div>
      ) : (
        about !== '' && (
          <div id={`${id}-about`} className="jp-MlxField-about">
            {about}
          </div>
        )
      )}
    </div>
  );
}

function words(
  name: FieldName,
  trans: TranslationBundle
): { label: string; about: string } {
  const all: Record<FieldName, [string, string]> = {
    name: [trans.__('Name'), trans.__('what it is called here')],
    host: [
      trans.__('Host'),
      trans.__('name or address; empty: the name above, as ssh knows it')
    ],
    user: [trans.__('User'), trans.__('empty: as in ~/.ssh/config')],
    port: [trans.__('Port'), trans.__('empty: 22, or as in ~/.ssh/config')],
    identity_file: [
      trans.__('Private key'),
      trans.__(
        'its path on the computer Jupyter runs on; empty: agent and usual keys'
      )
    ],
    price: [trans.__('Price per hour'), trans.__('for the cost of runs')],
    currency: [trans.__('Currency'), trans.__('three capitals, such as EUR')],
    slots: [
      trans.__('Runs at a time'),
      trans.__('empty: one per GPU, one where there is none')
    ],
    root: [
      trans.__('Folder there'),
      trans.__('for runs and environments; empty: ~/.jupyter_mlx')
    ],
    python: [
      trans.__('Python there'),
      trans.__('its path, where the PATH has none')
    ],
    transport: [trans.__('Connection'), '']
  };
  const [label, about] = all[name];
  return { label, about };
}
