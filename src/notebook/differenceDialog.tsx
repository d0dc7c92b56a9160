import { Dialog, showDialog } from '@jupyterlab/apputils';
import type * as nbformat from '@jupyterlab/nbformat';
import { OutputAreaModel, SimplifiedOutputArea } from '@jupyterlab/outputarea';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Panel } from '@lumino/widgets';
import * as React from 'react';

import { type IDifferentLine, lineDifference } from './difference';

/**
 * What is compared.
 */
export interface IDifference {
  run: number;

  /**
   * The cell's source as it ran, and as it is.
   */
  ran: string;
  now: string;

  /**
   * What the run has for it.
   */
  outputs: nbformat.IOutput[];
}

/**
 * Show how a cell differs from what ran, and the output that the run has for it. Answers whether the user wants to see
 * the run itself.
 */
export async function showDifference(
  difference: IDifference,
  rendermime: IRenderMimeRegistry,
  trans: TranslationBundle
): Promise<boolean> {
  const body = new Panel();
  body.addClass('jp-MlxDifference');
  const source = ReactWidget.create(
    <Source difference={difference} trans={trans} />
  );
  const outputs = new SimplifiedOutputArea({
    model: new OutputAreaModel({ values: difference.outputs, trusted: false }),
    rendermime: rendermime.clone()
  });
  outputs.addClass('jp-MlxDifference-outputs');
  body.addWidget(source);
  body.addWidget(outputs);
  const { button } = await showDialog({
    title: trans.__('This cell and run #%1', difference.run),
    body,
    buttons: [
      Dialog.cancelButton({ label: trans.__('Close') }),
      Dialog.okButton({ label: trans.__('Open the Run') })
    ],
    defaultButton: 0
  });
  return button.accept;
}

function Source({
  difference: { run, ran, now, outputs },
  trans
}: {
  difference: IDifference;
  trans: TranslationBundle;
}): React.JSX.Element {
  const words: Record<IDifferentLine['kind'], string> = {
    same: '',
    gone: trans.__('only in the run'),
    new: trans.__('only here')
  };
  const signs: Record<IDifferentLine['kind'], string> = {
    same: ' ',
    gone: '−',
    new: '+'
  };
  return (
    <>
      <h3>{trans.__('Source: run #%1 → now', run)}</h3>
      <ol
        className="jp-MlxDifference-lines"
        tabIndex={0}
        aria-label={trans.__('Differences of the source')}
      >
        {lineDifference(ran, now).map(({ kind, text }, at) => (
          <li key={at} data-kind={kind} title={words[kind]}>
            <span aria-hidden="true">{signs[kind]}</span>
            {words[kind] && (
              <span className="jp-MlxUnseen">{words[kind]}: </span>
            )}
            <code>{text}</code>
          </li>
        ))}
      </ol>
      <h3>
        {outputs.length > 0
          ? trans.__('Output in run #%1', run)
          : trans.__('Run #%1 has no output for this cell', run)}
      </h3>
    </>
  );
}
