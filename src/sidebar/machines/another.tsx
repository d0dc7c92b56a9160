import * as React from 'react';
import { useEffect, useId } from 'react';

import { Commands } from '../../ui/commands';
import type { IViewContext } from '../../ui/context';
import { type IAdding, useAdding } from './useAdding';

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
  const { commands, trans } = context;
  const adding = useAdding(context, onAdded);
  const { typed, isBusy, input, add } = adding;
  useEffect(() => {
    input.current?.focus();
  }, [input]);
  const more = async (): Promise<void> => {
    const args = { address: typed };
    const name: unknown = await commands.execute(Commands.addMachine, args);
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
      <Address adding={adding} context={context} />
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

function Address({
  adding: { typed, type, wrong, input },
  context: { trans }
}: {
  adding: IAdding;
  context: IViewContext;
}): React.JSX.Element {
  const id = useId();
  return (
    <>
      <label htmlFor={id}>{trans.__('Address')}</label>
      <input
        ref={input}
        id={id}
        className="jp-MlxField-input"
        type="text"
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        placeholder={trans.__('user@host:22')}
        value={typed}
        aria-invalid={wrong !== null}
        aria-describedby={`${id}-wrong`}
        onChange={event => {
          type(event.target.value);
        }}
      />
      <div id={`${id}-wrong`} role="alert" className="jp-MlxField-wrong">
        {wrong}
      </div>
    </>
  );
}
