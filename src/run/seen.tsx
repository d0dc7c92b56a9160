import * as React from 'react';

import { isFinal, moment } from '../models/states';
import { useClock } from '../ui/hooks';
import type { ShownRun } from './shownRun';
import { clock } from './words';

/**
 * When the machine was heard last, while the run goes on; what is cut off says so, and that the run is not.
 */
export function Seen({ run }: { run: ShownRun }): React.JSX.Element | null {
  const { facts, machine } = run;
  const isOpen = facts !== null && !isFinal(facts.state);
  const now = useClock(isOpen);
  if (!isOpen) {
    return null;
  }
  const { trans } = run.context;
  if (run.disconnectedAt !== null) {
    return (
      <span className="jp-MlxRunHeader-warning" role="status">
        ⚠{' '}
        {trans.__(
          'No connection to the Jupyter server since %1; the run goes on',
          clock(run.disconnectedAt)
        )}
      </span>
    );
  }
  const since = moment(machine?.status.unreachable_since ?? null);
  if (since !== null) {
    return (
      <span
        className="jp-MlxRunHeader-warning"
        role="status"
        title={machine?.status.why ?? ''}
      >
        ⚠{' '}
        {facts.accepted === null
          ? trans.__('%1 unreachable since %2', facts.machine, clock(since))
          : trans.__(
              '%1 unreachable since %2, the run goes on there',
              facts.machine,
              clock(since)
            )}
      </span>
    );
  }
  const contact = Math.max(
    moment(machine?.status.last_contact ?? null) ?? 0,
    run.heard ?? 0
  );
  if (contact === 0) {
    return null;
  }
  const seconds = Math.max(0, Math.round((now - contact) / 1000));
  return (
    <span className="jp-MlxRunHeader-seen">
      {seconds < 2
        ? trans.__('seen just now')
        : seconds < 60
          ? trans.__('seen %1 s ago', seconds)
          : trans.__('seen at %1', clock(contact))}
    </span>
  );
}
