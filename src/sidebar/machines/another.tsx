import * as React from 'react';
import { useEffect, useId, useRef, useState } from 'react';

import { freeName, parseAddress } from '../../models/address';
import { ApiError } from '../../models/remote';
import { Commands } from '../../ui/commands';
import type { IViewContext } from '../../ui/context';

/**
 * A machine typed by its address.
 */
export function Another({
  context,
  onAdded,
  onBack
}: {
  context: IViewContext;

  /**
   * The machine is on the list; its name.
   */
  onAdded: (machine: string) => void;
  onBack: () => void;
}): React.JSX.Element {
  const { commands, remote, trans } = context;
  const [typed, setTyped] = useState('');
  const [wrong, setWrong] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => {
    input.current?.focus();
  }, []);
  const refuse = (why: string): void => {
    setWrong(why);
    setBusy(false);
    input.current?.focus();
  };
  const add = async (): Promise<void> => {
    const asked = parseAddress(typed);
    if (!asked) {
      refuse(trans.__('Type a host, as in user@host or user@host:2222.'));
      return;
    }
    const known = remote.machines.all.find(
      ({ machine }) =>
        (machine.host ?? machine.name) === asked.host &&
        (asked.user ?? machine.user) === machine.user &&
        (asked.port ?? machine.port) === machine.port
    );
    if (known) {
      onAdded(known.machine.name);
      return;
    }
    const name = freeName(asked.name, one => remote.machines.get(one) !== null);
    setBusy(true);
    try {
      await remote.machines.add({ ...asked, name });
      onAdded(name);
    } catch (reason) {
      const hint = reason instanceof ApiError ? reason.hint : null;
      const why = reason instanceof Error ? reason.message : String(reason);
      refuse(hint === null ? why : `${why} → ${hint}`);
    }
  };
  const more = async (): Promise<void> => {
    const name: unknown = await commands.execute(Commands.addMachine, {
      address: typed
    });
    if (typeof name === 'string') {
      onAdded(name);
    }
  };
  return (
    <form
      className="jp-MlxAnother"
      data-lm-suppress-shortcuts="true" // Escape goes back here, not to the main area
      onSubmit={event => {
        event.preventDefault();
        void add();
      }}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          event.stopPropagation();
          onBack();
        }
      }}
    >
      <label htmlFor={`${id}-address`}>{trans.__('Address')}</label>
      <input
        ref={input}
        id={`${id}-address`}
        className="jp-MlxField-input"
        type="text"
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        placeholder={trans.__('user@host:22')}
        value={typed}
        aria-invalid={wrong !== null}
        aria-describedby={`${id}-about`}
        onChange={event => {
          setTyped(event.target.value);
          setWrong(null);
        }}
      />
      <div id={`${id}-about`} role="alert" className="jp-MlxField-wrong">
        {wrong}
      </div>
      <div className="jp-MlxNotice-actions">
        <button
          type="submit"
          className="jp-MlxButton"
          data-kind="primary"
          disabled={isBusy || typed.trim() === ''}
        >
          {trans.__('Add and test')}
        </button>
        <button
          type="button"
          className="jp-MlxButton"
          onClick={() => void more()}
        >
          {trans.__('More settings…')}
        </button>
        <button type="button" className="jp-MlxButton" onClick={onBack}>
          {trans.__('Back')}
        </button>
      </div>
    </form>
  );
}
