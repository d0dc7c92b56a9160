import { Clipboard, Dialog, ReactWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { INewRun, IPreflight } from '../../api/types';
import { ApiError, type IRemote } from '../../models/remote';
import { bytes } from '../../ui/format';
import { Notice } from '../../ui/notice';
import { asText, facts } from './preflightText';

/**
 * Show what a run would be given; whether it is to be started now.
 */
export async function showPreflight(
  remote: IRemote,
  wanted: INewRun,
  trans: TranslationBundle
): Promise<boolean> {
  const body = new PreflightBody(remote, wanted, trans);
  const dialog = new Dialog({
    title: trans.__('What would travel'),
    body,
    buttons: [
      Dialog.createButton({
        label: trans.__('Copy as Text'),
        actions: ['copy']
      }),
      Dialog.cancelButton({ label: trans.__('Close') }),
      Dialog.okButton({ label: trans.__('Run'), actions: ['run'] })
    ],
    hasClose: true
  });
  dialog.addClass('jp-MlxPreflight-dialog');
  const result = await dialog.launch();
  const [action] = result.button.actions;
  if (action === 'copy' && body.found) {
    Clipboard.copyToSystem(asText(body.found, trans));
  }
  return action === 'run';
}

class PreflightBody extends ReactWidget {
  constructor(
    private _remote: IRemote,
    private _wanted: INewRun,
    private _trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-MlxPreflight');
  }

  /**
   * What the server said; null before.
   */
  found: IPreflight | null = null;

  override dispose(): void {
    this._abort.abort();
    super.dispose();
  }

  render(): React.JSX.Element {
    return (
      <Preflight
        trans={this._trans}
        ask={async () => {
          const { signal } = this._abort;
          this.found = await this._remote.preflight(this._wanted, signal);
          return this.found;
        }}
      />
    );
  }

  private _abort = new AbortController();
}

/**
 * The answer once it is there: facts, warnings, files.
 */
export function Preflight({
  ask,
  trans
}: {
  ask: () => Promise<IPreflight>;
  trans: TranslationBundle;
}): React.JSX.Element {
  const [found, setFound] = React.useState<IPreflight | null>(null);
  const [error, setError] = React.useState<Error | null>(null);
  React.useEffect(() => {
    ask().then(setFound, setError);
  }, []);
  if (error !== null) {
    return (
      <Notice
        kind="error"
        title={trans.__('This would not run')}
        text={error.message}
        hint={error instanceof ApiError ? error.hint : null}
      />
    );
  }
  return (
    <div aria-live="polite" aria-busy={found === null}>
      {found ? (
        <>
          <Facts found={found} trans={trans} />
          <Warnings found={found} trans={trans} />
          <Files found={found} trans={trans} />
        </>
      ) : (
        <p>{trans.__('Looking at the notebook, its files and its kernel…')}</p>
      )}
    </div>
  );
}

interface IPart {
  found: IPreflight;
  trans: TranslationBundle;
}

function Facts({ found, trans }: IPart): React.JSX.Element {
  return (
    <dl className="jp-MlxPreflight-facts">
      {facts(found, trans).map(([name, value]) => (
        <React.Fragment key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </React.Fragment>
      ))}
    </dl>
  );
}

function Warnings({ found, trans }: IPart): React.JSX.Element | null {
  return found.warnings.length === 0 ? null : (
    <div className="jp-MlxNotice" data-kind="warning" role="note">
      <div className="jp-MlxNotice-title">{trans.__('Worth a look')}</div>
      <ul>
        {found.warnings.map(warning => (
          <li key={warning}>{warning}</li>
        ))}
      </ul>
    </div>
  );
}

function Files({ found, trans }: IPart): React.JSX.Element {
  const hidden = found.files_total - found.files.length;
  const name = trans.__('Files that travel');
  return (
    <div
      className="jp-MlxPreflight-files"
      role="region"
      aria-label={name}
      tabIndex={0}
    >
      <table>
        <caption className="jp-MlxUnseen">{name}</caption>
        <thead>
          <tr>
            <th scope="col">{trans.__('File')}</th>
            <th scope="col">{trans.__('Size')}</th>
          </tr>
        </thead>
        <tbody>
          {found.files.map(file => (
            <tr key={file.path}>
              <td>{file.path}</td>
              <td>{bytes(file.size)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {hidden > 0 && (
        <p>{trans._n('and %1 smaller one', 'and %1 smaller ones', hidden)}</p>
      )}
    </div>
  );
}
