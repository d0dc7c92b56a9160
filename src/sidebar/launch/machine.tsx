import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IMachineView } from '../../api/types';
import { isFree, readFacts } from '../../models/machineFacts';
import { moment, reach } from '../../models/states';
import { Commands } from '../../ui/commands';
import { fire } from '../../ui/fire';
import { clockTime, money } from '../../ui/format';
import { Field } from './field';
import type { IRow } from './where';

const ADD = '\0add'; // no machine is named so

/**
 * Where the notebook runs.
 */
export function MachineRow({
  context,
  target,
  wrong,
  choose
}: IRow): React.JSX.Element {
  const { remote, trans } = context;
  const chosen = target.machine ?? '';
  const view = remote.machines.get(chosen);
  return (
    <Field
      label={trans.__('Machine')}
      wrong={wrong}
      detail={view && detailOf(view, context)}
    >
      <select
        className="jp-MlxEntry"
        aria-label={trans.__('Machine')}
        value={chosen}
        onChange={event => {
          if (event.target.value === ADD) {
            void fire(context, Commands.addMachine);
          } else {
            choose({ machine: event.target.value });
          }
        }}
      >
        {!view && (
          <option value={chosen}>
            {trans.__('%1: not on the list', chosen)}
          </option>
        )}
        {remote.machines.all.map(one => (
          <option key={one.machine.name} value={one.machine.name}>
            {optionText(one, trans)}
          </option>
        ))}
        <option value={ADD}>{trans.__('Add a machine…')}</option>
      </select>
    </Field>
  );
}

function detailOf(
  view: IMachineView,
  context: IRow['context']
): React.JSX.Element | null {
  const { trans } = context;
  const { machine } = view;
  const state = reach(view);
  const known = state === 'unreachable' ? [] : knownOf(view, trans);
  if (machine.price !== null && machine.price > 0) {
    known.push(trans.__('%1 an hour', money(machine.price, machine.currency)));
  }
  if (machine.transport === 'local' && known.length === 0) {
    return null; // the choice itself says so
  }
  return (
    <>
      <span className="jp-MlxReach" data-reach={state}>
        <span className="jp-MlxReach-mark" aria-hidden="true">
          {MARKS[state]}
        </span>{' '}
        {reachWord(view, trans)}
      </span>
      {known.map(text => (
        <span key={text}> · {text}</span>
      ))}
      {state === 'unreachable' && <Away view={view} context={context} />}
    </>
  );
}

/**
 * Why a machine is away, and what that means.
 */
function Away({
  view: { machine, status },
  context
}: {
  view: IMachineView;
  context: IRow['context'];
}): React.JSX.Element {
  const { trans } = context;
  const since = moment(status.unreachable_since);
  return (
    <div>
      {since !== null && trans.__('Since %1.', clockTime(since))} {status.why}{' '}
      {trans.__('A run waits until it is back.')}{' '}
      <button
        type="button"
        className="jp-MlxLink"
        onClick={() =>
          void fire(context, Commands.testMachine, { machine: machine.name })
        }
      >
        {trans.__('Test it')}
      </button>
    </div>
  );
}

const MARKS = { reachable: '●', unknown: '○', unreachable: '✕' } as const;

function optionText(view: IMachineView, trans: TranslationBundle): string {
  const { name } = view.machine;
  const { gpus } = readFacts(view.status.facts);
  const parts = [`${name}  ${MARKS[reach(view)]} ${reachWord(view, trans)}`];
  if (gpus && gpus.length > 0) {
    parts.push(trans._n('%1 GPU', '%1 GPUs', gpus.length));
  }
  return parts.join(' · ');
}

function reachWord(view: IMachineView, trans: TranslationBundle): string {
  if (view.machine.transport === 'local') {
    return trans.__('this computer');
  }
  const words = {
    reachable: trans.__('reachable'),
    unknown: trans.__('not tried yet'),
    unreachable: trans.__('unreachable')
  };
  return words[reach(view)];
}

/**
 * What a machine has; how busy it was only where it was asked lately.
 */
function knownOf(view: IMachineView, trans: TranslationBundle): string[] {
  const { gpus, cpus, load, measured } = readFacts(view.status.facts);
  const isLate = measured === null || Date.now() - measured > LATELY;
  const known: string[] = [];
  const [first] = gpus ?? [];
  if (gpus && first) {
    known.push(gpus.length > 1 ? `${gpus.length} × ${first.name}` : first.name);
    if (!isLate) {
      known.push(trans.__('%1 free', gpus.filter(isFree).length));
    }
  }
  if (cpus !== null) {
    known.push(trans._n('%1 core', '%1 cores', cpus));
  }
  if (load !== null && !isLate) {
    known.push(trans.__('load %1', load.toFixed(1)));
  }
  return known;
}

const LATELY = 15 * 60_000; // ms
