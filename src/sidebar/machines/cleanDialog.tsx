import { Dialog, Notification, ReactWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { ICleaned, IMachine } from '../../api/types';
import type { Machines } from '../../models/machines';
import { ApiError } from '../../models/remote';
import { bytes } from '../../ui/format';
import { useSignal } from '../../ui/hooks';
import { Notice } from '../../ui/notice';
import { CheckedDialog } from './dialog';
import { DAYS_KEPT, Plan } from './plan';
import { title } from './words';

const DAYS = [DAYS_KEPT, 7, 0];

/**
 * Show what nobody needs on a machine any more, then free it if the person says so; what went, null where nothing did.
 */
export async function askCleaning(
  machines: Machines,
  machine: IMachine,
  trans: TranslationBundle
): Promise<ICleaned | null> {
  const name = title(machine, trans);
  const plan = new Plan(machines, machine.name, name);
  void plan.look(DAYS_KEPT);
  let gone: ICleaned | null = null;
  const dialog = new CheckedDialog(
    {
      title: trans.__('Clean %1', name),
      body: new PlanBody(plan, trans),
      buttons: [
        Dialog.cancelButton({ label: trans.__('Cancel') }),
        Dialog.warnButton({ label: trans.__('Free space') })
      ],
      defaultButton: 0
    },
    async () => {
      gone = await plan.clean();
      return gone !== null;
    }
  );
  await dialog.launch();
  plan.dispose();
  const freed = gone as ICleaned | null;
  if (freed) {
    const size = bytes(freed.bytes);
    Notification.success(trans.__('%1 freed on %2', size, name), {
      autoClose: 5000
    });
  }
  return freed;
}

class PlanBody extends ReactWidget {
  constructor(
    private _plan: Plan,
    private _trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-MlxForm');
  }

  render(): React.JSX.Element {
    return <PlanView plan={this._plan} trans={this._trans} />;
  }
}

function PlanView({
  plan,
  trans
}: {
  plan: Plan;
  trans: TranslationBundle;
}): React.JSX.Element {
  useSignal(plan.changed);
  const { found, error, name } = plan;
  const hint = error instanceof ApiError ? error.hint : null;
  return (
    <>
      <label className="jp-MlxField">
        {trans.__('Keep runs and environments of the last')}
        <select
          className="jp-MlxField-input"
          value={plan.days}
          onChange={event => {
            void plan.look(Number(event.target.value));
          }}
        >
          {DAYS.map(days => (
            <option key={days} value={days}>
              {days === 0
                ? trans.__('none: all that is over may go')
                : trans._n('%1 day', '%1 days', days)}
            </option>
          ))}
        </select>
      </label>
      <div aria-live="polite" className="jp-MlxPlan">
        {error ? (
          <Notice
            kind="error"
            title={trans.__('%1 could not be asked', name)}
            text={error.message}
            hint={hint}
          />
        ) : !found ? (
          trans.__('Asking what nobody needs any more on %1…', name)
        ) : found.bytes === 0 ? (
          trans.__('Nothing to free: all that is there is needed.')
        ) : (
          <Found found={found} trans={trans} />
        )}
      </div>
      <p className="jp-MlxField-about">
        {trans.__(
          'Open runs and what is not in your history yet stay. Files of these runs that you did not fetch go with them; history, outputs of cells and metrics are kept here.'
        )}
      </p>
    </>
  );
}

function Found({
  found,
  trans
}: {
  found: ICleaned;
  trans: TranslationBundle;
}): React.JSX.Element {
  return (
    <>
      <table className="jp-MlxPlan-kinds">
        <tbody>
          {found.kinds.map(({ kind, count, bytes: size }) => (
            <tr key={kind}>
              <th scope="row">{kindWords(kind, count, trans)}</th>
              <td>{bytes(size)}</td>
            </tr>
          ))}
          <tr className="jp-MlxPlan-total">
            <th scope="row">{trans.__('in all')}</th>
            <td>{bytes(found.bytes)}</td>
          </tr>
        </tbody>
      </table>
      <details>
        <summary>{trans.__('The largest of them')}</summary>
        <ul className="jp-MlxPlan-items">
          {found.items.map(item => (
            <li key={`${item.kind} ${item.id}`}>
              {item.kind === 'run'
                ? item.title
                : `${kindWord(item.kind, trans)} ${item.title}`}{' '}
              <span className="jp-MlxPlan-size">{bytes(item.bytes)}</span>
            </li>
          ))}
        </ul>
      </details>
    </>
  );
}

function kindWords(
  kind: string,
  count: number,
  trans: TranslationBundle
): string {
  const words: Record<string, string> = {
    run: trans._n('%1 run', '%1 runs', count),
    env: trans._n('%1 environment', '%1 environments', count),
    blob: trans._n('%1 file content', '%1 file contents', count),
    part: trans._n('%1 broken-off upload', '%1 broken-off uploads', count),
    runner: trans._n('%1 old runner', '%1 old runners', count)
  };
  return words[kind] ?? kind;
}

function kindWord(kind: string, trans: TranslationBundle): string {
  const words: Record<string, string> = {
    env: trans.__('environment'),
    blob: trans.__('file content'),
    part: trans.__('broken-off upload'),
    runner: trans.__('old runner')
  };
  return words[kind] ?? kind;
}
