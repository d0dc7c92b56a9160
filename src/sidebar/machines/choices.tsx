import * as React from 'react';
import { useEffect, useRef, useState } from 'react';

import type { IMachineView } from '../../api/types';
import type { IViewContext } from '../../ui/context';
import { Notice } from '../../ui/notice';
import { Problems } from './problems';
import { moveFocus } from './roving';
import { origin, title } from './words';

const MANY = 8; // of more, a filter helps

/**
 * The machines to choose from: this computer, what ssh_config names, and a new one.
 */
export function Choices({
  context,
  returnTo,
  onChosen,
  onAnother
}: {
  context: IViewContext;

  /**
   * The machine whose row gets the focus, empty for the last row; null leaves the focus where it is.
   */
  returnTo: string | null;
  onChosen: (machine: string) => void;
  onAnother: () => void;
}): React.JSX.Element {
  const { remote, trans } = context;
  const { all, isReady } = remote.machines;
  const [wanted, setWanted] = useState('');
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    if (returnTo !== null) {
      const rows = list.current?.querySelectorAll<HTMLElement>('button') ?? [];
      [...rows]
        .find(row => (row.dataset['machine'] ?? '') === returnTo)
        ?.focus();
    }
  }, [returnTo]);
  const found = all.filter(({ machine }) =>
    machine.name.toLowerCase().includes(wanted.trim().toLowerCase())
  );
  return (
    <>
      <Intro context={context} />
      {all.length > MANY && (
        <div className="jp-MlxChoices-filter">
          <input
            type="search"
            className="jp-MlxField-input"
            aria-label={trans.__('Filter machines')}
            placeholder={trans.__('Filter…')}
            value={wanted}
            onChange={event => {
              setWanted(event.target.value);
            }}
          />
        </div>
      )}
      <ul
        ref={list}
        className="jp-MlxChoices"
        role="list"
        aria-label={trans.__('Machines')}
        aria-busy={!isReady}
        onKeyDown={event => {
          moveFocus(event, 'button');
        }}
      >
        {found.map((view, at) => (
          <Choice
            key={view.machine.name}
            view={view}
            context={context}
            isStop={at === 0}
            onPress={() => {
              onChosen(view.machine.name);
            }}
          />
        ))}
        <li>
          <button
            type="button"
            tabIndex={found.length === 0 ? 0 : -1}
            onClick={onAnother}
          >
            <span className="jp-MlxChoices-name">
              {trans.__('Another machine…')}
            </span>
            <span className="jp-MlxChoices-about">
              {trans.__('type user@host')}
            </span>
          </button>
        </li>
      </ul>
      <Problems context={context} />
    </>
  );
}

function Intro({
  context: { remote, trans }
}: {
  context: IViewContext;
}): React.JSX.Element {
  const found = remote.machines.all.filter(
    ({ machine }) => machine.source === 'ssh_config'
  ).length;
  return (
    <Notice
      title={trans.__('Run this notebook on another computer.')}
      text={
        found > 0
          ? trans._n(
              'Pick a machine; %1 was found in ~/.ssh/config. It is tested first.',
              'Pick a machine; %1 were found in ~/.ssh/config. It is tested first.',
              found
            )
          : trans.__(
              'Name a machine you can reach by SSH, or try it on this computer.'
            )
      }
    />
  );
}

function Choice({
  view: { machine, status },
  context: { trans },
  isStop,
  onPress
}: {
  view: IMachineView;
  context: IViewContext;

  /**
   * Whether Tab comes here; arrows reach the others.
   */
  isStop: boolean;
  onPress: () => void;
}): React.JSX.Element {
  return (
    <li>
      <button
        type="button"
        data-machine={machine.name}
        tabIndex={isStop ? 0 : -1}
        onClick={onPress}
      >
        <span className="jp-MlxChoices-name">{title(machine, trans)}</span>
        <span className="jp-MlxChoices-about">
          {machine.transport === 'local'
            ? trans.__('always works')
            : origin(machine, trans)}
          {status.unreachable_since !== null &&
            ` · ${trans.__('did not answer last time')}`}
        </span>
      </button>
    </li>
  );
}
