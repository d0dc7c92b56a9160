import { Dialog, InputDialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import type { ApiError } from '../../api/client';
import { STAR } from '../../ui/commands';
import { type IKnownRun, runName } from '../known';

/**
 * Whether to stop a run.
 */
export async function askStop(
  run: IKnownRun,
  trans: TranslationBundle
): Promise<boolean> {
  const result = await showDialog({
    title: trans.__('Stop %1?', runName(run)),
    body: trans.__(
      'The kernel on %1 is ended. Outputs, metrics and files so far are kept; the run cannot go on later.',
      run.machine
    ),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Let It Run') }),
      Dialog.warnButton({ label: trans.__('Stop') })
    ]
  });
  return result.button.accept;
}

/**
 * Whether to forget a run.
 */
export async function askDelete(
  run: IKnownRun,
  trans: TranslationBundle
): Promise<boolean> {
  const result = await showDialog({
    title: trans.__('Forget %1?', runName(run)),
    body: trans.__(
      'Its log, outputs, metrics, tags and note go from this computer. What is left of it on %1 stays there until that machine is cleaned.',
      run.machine
    ),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Keep') }),
      Dialog.warnButton({ label: trans.__('Forget') })
    ]
  });
  return result.button.accept;
}

/**
 * Whether to write over files that are there and differ.
 */
export async function askOverwrite(
  reason: ApiError,
  trans: TranslationBundle
): Promise<boolean> {
  const result = await showDialog({
    title: trans.__('Write over what is there?'),
    body: reason.message,
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.warnButton({ label: trans.__('Write Over') })
    ]
  });
  return result.button.accept;
}

/**
 * The tags of a run as they are to be; null where nothing changes. The star is no tag to type.
 */
export async function askTags(
  run: IKnownRun,
  trans: TranslationBundle
): Promise<string[] | null> {
  const stars = run.tags.filter(tag => tag === STAR);
  const result = await InputDialog.getText({
    title: trans.__('Tags of %1', runName(run)),
    label: trans.__('Separated by commas'),
    text: run.tags.filter(tag => tag !== STAR).join(', '),
    okLabel: trans.__('Save')
  });
  if (!result.button.accept || result.value === null) {
    return null;
  }
  const typed = result.value.split(',').map(tag => tag.trim());
  return [...new Set([...typed.filter(tag => tag !== ''), ...stars])];
}

/**
 * The note on a run as it is to be; null where nothing changes.
 */
export async function askNotes(
  run: IKnownRun,
  trans: TranslationBundle
): Promise<string | null> {
  const result = await showDialog({
    title: trans.__('Note on %1', runName(run)),
    body: new Note(run.notes, trans),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.okButton({ label: trans.__('Save') })
    ],
    focusNodeSelector: 'textarea'
  });
  return result.button.accept ? result.value : null;
}

/**
 * Some lines to write in.
 */
class Note extends Widget implements Dialog.IBodyWidget {
  constructor(text: string, trans: TranslationBundle) {
    super();
    this._area.value = text;
    this._area.rows = 6;
    this._area.className = 'jp-MlxNote jp-mod-styled';
    this._area.setAttribute('aria-label', trans.__('Note'));
    // Enter is a new line here, not the dialog's OK.
    this._area.addEventListener('keydown', event => {
      if (event.key === 'Enter' && !(event.ctrlKey || event.metaKey)) {
        event.stopPropagation();
      }
    });
    this.node.append(this._area);
  }

  getValue(): string {
    return this._area.value.trim();
  }

  private _area = document.createElement('textarea');
}
