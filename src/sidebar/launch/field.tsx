import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { ApiError } from '../../models/remote';

/**
 * A row of the form: its name, what can be chosen, and below it what is known or wrong.
 */
export function Field({
  label,
  isCode = false,
  detail,
  wrong,
  wrongId,
  children
}: {
  label: string;

  /**
   * Whether the label is a name out of the notebook.
   */
  isCode?: boolean;
  detail?: React.ReactNode;
  wrong?: Error | null;
  wrongId?: string;
  children: React.ReactNode;
}): React.JSX.Element {
  return (
    <div className="jp-MlxSetting">
      <span
        className="jp-MlxSetting-label"
        data-code={isCode || undefined}
        title={label}
      >
        {label}
      </span>
      <div className="jp-MlxSetting-value">
        {children}
        {wrong && <Wrong error={wrong} id={wrongId} />}
        {!wrong && detail && (
          <div className="jp-MlxSetting-detail">{detail}</div>
        )}
      </div>
    </div>
  );
}

function Wrong({
  error,
  id
}: {
  error: Error;
  id: string | undefined;
}): React.JSX.Element {
  const hint = error instanceof ApiError ? error.hint : null;
  return (
    <div className="jp-MlxSetting-wrong" id={id} role="alert">
      {error.message}
      {hint && <div className="jp-MlxNotice-hint">→ {hint}</div>}
    </div>
  );
}

/**
 * Which field of the form an error is about: `machine`, `project`, `environment`, `params.NAME`; null for none of them.
 */
export function fieldOf(error: Error | null): string | null {
  if (!(error instanceof ApiError) || error.field === null) {
    return null;
  }
  const { field } = error;
  return field.startsWith('environment') ? 'environment' : field;
}

/**
 * A value of a notebook as a person writes it in Python.
 */
export function literal(value: unknown, trans: TranslationBundle): string {
  if (value === null) {
    return 'None';
  }
  if (typeof value === 'boolean') {
    return value ? 'True' : 'False';
  }
  if (typeof value === 'string') {
    return value === '' ? trans.__('empty text') : value;
  }
  return JSON.stringify(value);
}
