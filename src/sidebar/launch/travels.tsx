import * as React from 'react';

import type { IPreflight } from '../../api/types';
import { ApiError } from '../../models/remote';
import { Commands } from '../../ui/commands';
import type { IViewContext } from '../../ui/context';
import { fire } from '../../ui/fire';
import { bytes } from '../../ui/format';
import { Notice } from '../../ui/notice';

const SHOWN = 3; // warnings

/**
 * How much travels with the notebook; opens the list of it.
 */
export function TravelsLine({
  context,
  path,
  answer,
  isAsking
}: {
  context: IViewContext;
  path: string;
  answer: IPreflight | null;
  isAsking: boolean;
}): React.JSX.Element {
  const { trans } = context;
  return (
    <button
      type="button"
      className="jp-MlxLink jp-MlxTravels-line"
      aria-busy={isAsking}
      disabled={!answer}
      title={trans.__('Show every file that travels')}
      onClick={() => void fire(context, Commands.preflight, { path })}
    >
      {answer
        ? trans.__(
            '%1, %2',
            trans._n('%1 file', '%1 files', answer.files_total),
            bytes(answer.bytes)
          )
        : isAsking
          ? trans.__('Looking at what travels…')
          : trans.__('Not looked at yet')}
    </button>
  );
}

/**
 * What the capture has to say about what travels, or why it could not be made.
 */
export function TravelsRemarks({
  context,
  path,
  answer,
  error,
  again
}: {
  context: IViewContext;
  path: string;
  answer: IPreflight | null;

  /**
   * Why there is no newer answer, where no field of the form says it.
   */
  error: Error | null;
  again: () => void;
}): React.JSX.Element | null {
  const { trans } = context;
  const warnings = answer?.warnings ?? [];
  if (warnings.length === 0 && !error) {
    return null;
  }
  return (
    <div className="jp-MlxTravels">
      {warnings.slice(0, SHOWN).map(text => (
        <div key={text} className="jp-MlxTravels-warning">
          <span className="jp-MlxTravels-sign" aria-hidden="true">
            ⚠
          </span>
          <span className="jp-MlxUnseen">{trans.__('Warning:')}</span> {text}
        </div>
      ))}
      {warnings.length > SHOWN && (
        <button
          type="button"
          className="jp-MlxLink"
          onClick={() => void fire(context, Commands.preflight, { path })}
        >
          {trans._n(
            '%1 more warning',
            '%1 more warnings',
            warnings.length - SHOWN
          )}
        </button>
      )}
      {error && (
        <Notice
          kind="error"
          title={error.message}
          hint={error instanceof ApiError ? error.hint : null}
          actions={[{ label: trans.__('Look again'), run: again }]}
        />
      )}
    </div>
  );
}
