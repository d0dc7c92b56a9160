import * as React from 'react';

/**
 * What a user can press in a notice.
 */
export interface INoticeAction {
  label: string;
  run: () => void;
}

/**
 * An empty or error state: what is the matter, why, and what to press.
 */
export function Notice({
  kind = 'empty',
  title,
  text,
  hint,
  actions = []
}: {
  kind?: 'empty' | 'warning' | 'error';
  title: string;
  text?: string | null;
  hint?: string | null;
  actions?: INoticeAction[];
}): React.JSX.Element {
  return (
    <div
      className="jp-MlxNotice"
      data-kind={kind}
      role={kind === 'error' ? 'alert' : 'note'}
    >
      <div className="jp-MlxNotice-title">{title}</div>
      {text && <div>{text}</div>}
      {hint && <div className="jp-MlxNotice-hint">→ {hint}</div>}
      {actions.length > 0 && (
        <div className="jp-MlxNotice-actions">
          {actions.map(({ label, run }) => (
            <button
              key={label}
              type="button"
              className="jp-MlxButton"
              onClick={run}
            >
              {label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
