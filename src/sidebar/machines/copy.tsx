import { Clipboard } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { useEffect, useState } from 'react';

const SHOWN = 2000; // ms

/**
 * A button that copies a text, and says that it did.
 */
export function CopyButton({
  text,
  label,
  trans
}: {
  text: string;
  label: string;
  trans: TranslationBundle;
}): React.JSX.Element {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) {
      return;
    }
    const timer = window.setTimeout(() => {
      setCopied(false);
    }, SHOWN);
    return () => {
      window.clearTimeout(timer);
    };
  }, [isCopied]);
  return (
    <button
      type="button"
      className="jp-MlxButton jp-MlxCopy"
      title={text}
      onClick={() => {
        Clipboard.copyToSystem(text);
        setCopied(true);
      }}
    >
      <span aria-live="polite">{isCopied ? trans.__('Copied') : label}</span>
    </button>
  );
}
