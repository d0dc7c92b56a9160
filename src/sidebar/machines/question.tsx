import { Dialog, ReactWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { useId } from 'react';

import type { IAnswer } from '../../api/types';
import type { IOpenPrompt } from '../../models/prompts';
import { duration } from '../../ui/format';
import { useClock } from '../../ui/hooks';
import { CopyButton } from './copy';

const KEY_FILES: Record<string, string> = {
  'ssh-ed25519': 'ed25519',
  'ssh-rsa': 'rsa'
};

/**
 * A question as the body of a dialog; its value is the answer.
 */
export class QuestionBody
  extends ReactWidget
  implements Dialog.IBodyWidget<IAnswer>
{
  /**
   * @param _isAgain Whether the same was asked just before.
   */
  constructor(
    readonly prompt: IOpenPrompt,
    private _isAgain: boolean,
    private _trans: TranslationBundle
  ) {
    super();
    this.addClass('jp-MlxQuestion');
    this.addClass('jp-MlxForm');
  }

  /**
   * What was typed goes to the server and is kept nowhere in the page.
   */
  getValue(): IAnswer {
    if (this.prompt.kind === 'host_key') {
      return { accept: true };
    }
    const inputs = [...this.node.querySelectorAll('input')];
    const values = inputs.map(input => input.value);
    for (const input of inputs) {
      input.value = '';
    }
    return { values };
  }

  render(): React.JSX.Element {
    const { prompt } = this;
    const parts = { prompt, trans: this._trans };
    return (
      <>
        {prompt.kind === 'host_key' ? (
          <HostKey {...parts} />
        ) : (
          <Secrets {...parts} isAgain={this._isAgain} />
        )}
        <Countdown {...parts} />
      </>
    );
  }
}

/**
 * The title of a question's dialog.
 */
export function questionTitle(
  prompt: IOpenPrompt,
  trans: TranslationBundle
): string {
  if (prompt.kind === 'host_key') {
    return trans.__('Is this the right machine?');
  }
  return prompt.kind === 'secret'
    ? trans.__('Unlock the connection')
    : prompt.title || trans.__('The machine asks');
}

interface IParts {
  prompt: IOpenPrompt;
  trans: TranslationBundle;
}

function HostKey({ prompt, trans }: IParts): React.JSX.Element {
  const { host, key_type: keyType, fingerprint, instructions } = prompt;
  const file = KEY_FILES[keyType] ?? 'ecdsa';
  const command = `ssh-keygen -lf /etc/ssh/ssh_host_${file}_key.pub`;
  return (
    <>
      <p>
        {trans.__(
          'This computer has not been connected to %1 before. Whoever answers there shows this key:',
          host
        )}
      </p>
      <dl className="jp-MlxFacts">
        <dt>{trans.__('Host')}</dt>
        <dd>{host}</dd>
        <dt>{trans.__('Key type')}</dt>
        <dd>{keyType}</dd>
        <dt>{trans.__('Fingerprint')}</dt>
        <dd>
          <code className="jp-MlxQuestion-fingerprint">{fingerprint}</code>
        </dd>
      </dl>
      {instructions !== '' && (
        <p className="jp-MlxQuestion-warning">{instructions}</p>
      )}
      <p>
        {trans.__(
          'Compare it with what the administrator or the provider says, or with what this prints on the machine itself:'
        )}
      </p>
      <p>
        <code>{command}</code>{' '}
        <CopyButton text={command} label={trans.__('Copy')} trans={trans} />
      </p>
      <p>
        {trans.__(
          'Accept only if it is the same. It is then remembered; a key that changes later stops the connection.'
        )}
      </p>
    </>
  );
}

function Secrets({
  prompt,
  trans,
  isAgain
}: IParts & { isAgain: boolean }): React.JSX.Element {
  const id = useId();
  return (
    <>
      {isAgain && (
        <p role="alert" className="jp-MlxField-wrong">
          {trans.__('That was not right; it is asked again.')}
        </p>
      )}
      {prompt.instructions !== '' && <p>{prompt.instructions}</p>}
      {prompt.fields.map(({ label, echo }, at) => (
        <div key={at} className="jp-MlxField">
          <label htmlFor={`${id}-${at}`}>{label}</label>
          <input
            id={`${id}-${at}`}
            className="jp-MlxField-input"
            type={echo ? 'text' : 'password'}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
          />
        </div>
      ))}
      <p className="jp-MlxField-about">
        {trans.__(
          'Kept in the memory of the Jupyter server only, for this connection; never stored, never logged.'
        )}
      </p>
    </>
  );
}

function Countdown({ prompt, trans }: IParts): React.JSX.Element {
  const left = Math.max(0, prompt.until - useClock(true));
  return (
    <p className="jp-MlxField-about" role="timer">
      {trans.__('Time left to answer: %1', duration(Math.ceil(left / 1000)))}
    </p>
  );
}
