import { Dialog, ReactWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IMachine, INewMachine } from '../../api/types';
import type { Machines } from '../../models/machines';
import { useSignal } from '../../ui/hooks';
import { CheckedDialog } from './dialog';
import { Field } from './field';
import { LOCAL, MachineForm, MORE, WAY } from './form';

/**
 * Ask for a new machine and put it on the list; its name, or null where nobody wanted to.
 */
export async function askNew(
  machines: Machines,
  trans: TranslationBundle,
  typed: Partial<INewMachine> = {}
): Promise<string | null> {
  const form = new MachineForm(null, trans, typed);
  const isDone = await show(
    form,
    trans.__('Add a machine'),
    trans.__('Add'),
    trans,
    async () => {
      await machines.add(form.added());
    }
  );
  return isDone ? form.value('name').trim() : null;
}

/**
 * Change a machine; whether something was changed.
 */
export function askChanges(
  machines: Machines,
  machine: IMachine,
  trans: TranslationBundle
): Promise<boolean> {
  const form = new MachineForm(machine, trans);
  const title =
    machine.source === 'ssh_config'
      ? trans.__('Override settings of %1', machine.name)
      : trans.__('Settings of %1', machine.name);
  return show(form, title, trans.__('Save'), trans, async () => {
    const changes = form.changes();
    if (Object.keys(changes).length > 0) {
      await machines.change(machine.name, changes);
    }
  });
}

async function show(
  form: MachineForm,
  title: string,
  label: string,
  trans: TranslationBundle,
  save: () => Promise<void>
): Promise<boolean> {
  const dialog = new CheckedDialog(
    {
      title,
      body: new FormBody(form, trans),
      buttons: [
        Dialog.cancelButton({ label: trans.__('Cancel') }),
        Dialog.okButton({ label })
      ],
      focusNodeSelector: 'input'
    },
    async () => {
      try {
        await save();
        return true;
      } catch (reason) {
        form.refuse(reason);
        return false;
      }
    }
  );
  return (await dialog.launch()).button.accept;
}

class FormBody extends ReactWidget {
  constructor(
    private _form: MachineForm,
    private _trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-MlxForm');
  }

  render(): React.JSX.Element {
    return <Fields form={this._form} trans={this._trans} />;
  }
}

function Fields({
  form,
  trans
}: {
  form: MachineForm;
  trans: TranslationBundle;
}): React.JSX.Element {
  useSignal(form.changed);
  const { machine, error } = form;
  const isLocal = machine?.transport === 'local';
  const isShown = (name: string | null): boolean =>
    [
      ...(machine ? [] : ['name']),
      ...(isLocal ? LOCAL : [...WAY, ...MORE])
    ].some(one => one === name);
  const isMoreWrong = MORE.some(name => name === error?.field);
  return (
    <>
      {machine?.source === 'ssh_config' && (
        <p>
          {trans.__(
            '%1 comes from ~/.ssh/config, which is only read. What you set here is kept in your own list and comes before it.',
            machine.name
          )}
        </p>
      )}
      {!machine && <Field name="name" form={form} trans={trans} />}
      {!isLocal &&
        WAY.map(name => (
          <Field key={name} name={name} form={form} trans={trans} />
        ))}
      {isLocal ? (
        LOCAL.map(name => (
          <Field key={name} name={name} form={form} trans={trans} />
        ))
      ) : (
        <details open={machine !== null || isMoreWrong}>
          <summary>{trans.__('Price, folder, Python')}</summary>
          {MORE.map(name => (
            <Field key={name} name={name} form={form} trans={trans} />
          ))}
        </details>
      )}
      <div role="alert" className="jp-MlxField-wrong">
        {error &&
          !isShown(error.field) &&
          [error.message, error.hint].filter(Boolean).join(' → ')}
      </div>
    </>
  );
}
