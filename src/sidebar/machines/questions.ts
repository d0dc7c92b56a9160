import { Dialog, Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';

import type { IAnswer } from '../../api/types';
import type { IOpenPrompt, Prompts } from '../../models/prompts';
import { CheckedDialog } from './dialog';
import { QuestionBody, questionTitle } from './question';

const AGAIN = 60_000; // ms within which the same question means that the answer was wrong

/**
 * Shows the questions that wait, one dialog at a time, the oldest first.
 */
export class Questions implements IDisposable {
  constructor(
    private _prompts: Prompts,
    private _trans: TranslationBundle
  ) {
    _prompts.changed.connect(this._update, this);
    this._update();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._dialog?.dispose();
    Signal.clearData(this);
  }

  private _update(): void {
    const { open } = this._prompts;
    const shown = this._shown;
    if (shown && !open.some(({ id }) => id === shown.id)) {
      this._dialog?.dispose(); // answered elsewhere, or nobody waits any more
    } else if (!shown && open[0] && !this._isDisposed) {
      void this._show(open[0]);
    }
  }

  private async _show(prompt: IOpenPrompt): Promise<void> {
    this._shown = prompt;
    try {
      await this._ask(prompt);
    } finally {
      this._shown = null;
      this._dialog = null;
      this._update();
    }
  }

  private async _ask(prompt: IOpenPrompt): Promise<void> {
    const trans = this._trans;
    const isHostKey = prompt.kind === 'host_key';
    const dialog = new CheckedDialog<IAnswer>(
      {
        title: questionTitle(prompt, trans),
        body: new QuestionBody(prompt, this._isAgain(prompt), trans),
        buttons: [
          Dialog.cancelButton({
            label: isHostKey ? trans.__('Refuse') : trans.__('Cancel')
          }),
          Dialog.okButton({
            label: isHostKey ? trans.__('Accept key') : trans.__('Continue')
          })
        ],
        // Enter typed for something else must not trust a key.
        defaultButton: isHostKey ? 0 : 1,
        focusNodeSelector: 'input'
      },
      () => Promise.resolve(true)
    );
    this._dialog = dialog;
    const result = await dialog.launch().catch(() => null);
    if (result) {
      const answer = result.button.accept ? result.value : null;
      await this._answer(prompt, answer ?? {});
    }
  }

  private async _answer(prompt: IOpenPrompt, answer: IAnswer): Promise<void> {
    this._last = { title: prompt.title, at: Date.now() };
    try {
      await this._prompts.answer(prompt.id, answer);
    } catch (reason) {
      const why = reason instanceof Error ? reason.message : String(reason);
      Notification.warning(
        this._trans.__('The answer did not arrive: %1', why),
        { autoClose: 5000 }
      );
    }
  }

  private _isAgain({ kind, title }: IOpenPrompt): boolean {
    return (
      kind !== 'host_key' &&
      this._last?.title === title &&
      Date.now() - this._last.at < AGAIN
    );
  }

  private _shown: IOpenPrompt | null = null;
  private _dialog: Dialog<IAnswer> | null = null;
  private _last: { title: string; at: number } | null = null;
  private _isDisposed = false;
}
