import { Dialog, ReactWidget, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IMachineView } from '../../api/types';
import { type IGpu, isFree, readFacts } from '../../models/machineFacts';
import { moment, type Reach, reach } from '../../models/states';
import { ago, money } from '../../ui/format';
import { useSignal } from '../../ui/hooks';
import type { ICommandContext } from '../context';

/**
 * Ask for a machine; null where none is chosen.
 */
export async function askMachine(
  context: ICommandContext,
  title: string,
  chosen: string | null
): Promise<string | null> {
  const { trans, remote } = context;
  if (!remote.machines.isReady) {
    await remote.machines.refresh();
  }
  const first = chosen ?? remote.machines.all[0]?.machine.name ?? 'local';
  const body = new MachineList(context, first);
  const result = await showDialog({
    title,
    body,
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.okButton({ label: trans.__('Run') })
    ],
    focusNodeSelector: 'input:checked'
  });
  return result.button.accept ? result.value : null;
}

class MachineList extends ReactWidget implements Dialog.IBodyWidget {
  constructor(
    private _context: ICommandContext,
    private _chosen: string
  ) {
    super();
  }

  getValue(): string {
    return this._chosen;
  }

  render(): React.JSX.Element {
    return (
      <List
        context={this._context}
        first={this._chosen}
        choose={name => {
          this._chosen = name;
        }}
      />
    );
  }
}

function List({
  context: { remote, trans },
  first,
  choose
}: {
  context: ICommandContext;
  first: string;
  choose: (name: string) => void;
}): React.JSX.Element {
  useSignal(remote.machines.changed);
  const [chosen, setChosen] = React.useState(first);
  return (
    <fieldset className="jp-MlxChoices">
      <legend className="jp-MlxUnseen">{trans.__('Machine')}</legend>
      {remote.machines.all.map(view => (
        <label key={view.machine.name} className="jp-MlxChoices-row">
          <input
            type="radio"
            name="jp-MlxMachine"
            checked={chosen === view.machine.name}
            onChange={() => {
              setChosen(view.machine.name);
              choose(view.machine.name);
            }}
          />
          <span className="jp-MlxChoices-name">{label(view, trans)}</span>
          <span className="jp-MlxChoices-detail">{detail(view, trans)}</span>
        </label>
      ))}
    </fieldset>
  );
}

function label({ machine }: IMachineView, trans: TranslationBundle): string {
  return machine.name === 'local' ? trans.__('This computer') : machine.name;
}

/**
 * What is known of a machine in one line: its state in words, its runs, its price.
 */
export function detail(
  view: IMachineView,
  trans: TranslationBundle,
  now: number = Date.now()
): string {
  const { machine, status, open_runs } = view;
  const at = moment(status.unreachable_since ?? status.last_contact);
  const when = at === null ? '' : ` (${ago(at, trans, now)})`;
  const states: Record<Reach, string> = {
    reachable: trans.__('reachable'),
    unreachable: trans.__('unreachable'),
    unknown: trans.__('not tried yet')
  };
  const { gpus } = readFacts(status.facts);
  const parts = [
    states[reach(view)] + when,
    gpus && gpus.length > 0 && gpuLine(gpus, trans),
    open_runs > 0 && trans._n('%1 run', '%1 runs', open_runs),
    machine.price !== null &&
      trans.__('%1 an hour', money(machine.price, machine.currency))
  ];
  return parts.filter(Boolean).join(' · ');
}

function gpuLine(gpus: readonly IGpu[], trans: TranslationBundle): string {
  const free = gpus.filter(gpu => isFree(gpu)).length;
  return trans._n('%2 of %1 GPU free', '%2 of %1 GPUs free', gpus.length, free);
}
