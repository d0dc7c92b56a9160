import { undoIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IParameter } from '../../api/types';
import { IconButton } from '../../ui/iconButton';
import { TextField } from '../../ui/textField';
import { Field, fieldOf, literal } from './field';
import type { IRow } from './where';

/**
 * The names of the `parameters` cell, each with its default and what is given instead.
 */
export function Parameters({
  context,
  target,
  answer,
  wrong,
  choose
}: IRow): React.JSX.Element | null {
  const { trans } = context;
  const names = parametersOf(answer, target.params);
  const given = Object.keys(target.params).length;
  if (names.length === 0) {
    return null;
  }
  const set = (name: string, value: string | null): void => {
    const { [name]: _, ...rest } = target.params;
    choose({ params: value === null ? rest : { ...rest, [name]: value } });
  };
  return (
    <div
      role="group"
      className="jp-MlxParameters"
      aria-label={trans.__('Parameters')}
    >
      <div className="jp-MlxLine">
        <span className="jp-MlxLine-main jp-MlxSetting-label">
          {trans.__('Parameters')}
        </span>
        {given > 0 && (
          <button
            type="button"
            className="jp-MlxLink jp-MlxLine-side"
            onClick={() => {
              choose({ params: {} });
            }}
          >
            {trans.__('reset all')}
          </button>
        )}
      </div>
      {names.map(parameter => (
        <Parameter
          key={parameter.name}
          parameter={parameter}
          context={context}
          value={target.params[parameter.name] ?? null}
          wrong={fieldOf(wrong) === `params.${parameter.name}` ? wrong : null}
          set={set}
        />
      ))}
    </div>
  );
}

function Parameter({
  parameter: { name, default: usual, type },
  context: { trans },
  value,
  wrong,
  set
}: {
  parameter: IParameter;
  context: IRow['context'];
  value: string | null;
  wrong: Error | null;
  set: (name: string, value: string | null) => void;
}): React.JSX.Element {
  const wrongId = `jp-mlx-wrong-${name}`;
  const shown = type === '' ? trans.__('computed') : literal(usual, trans);
  return (
    <Field label={name} isCode wrong={wrong} wrongId={wrongId}>
      <div className="jp-MlxLine">
        {type === 'bool' ? (
          <select
            className="jp-MlxEntry"
            aria-label={name}
            data-given={value !== null || undefined}
            value={value === null ? '' : capital(value)}
            onChange={event => {
              set(name, event.target.value || null);
            }}
          >
            <option value="">{trans.__('%1 (default)', shown)}</option>
            {['True', 'False'].map(one => (
              <option key={one}>{one}</option>
            ))}
          </select>
        ) : (
          <TextField
            value={value ?? ''}
            label={name}
            placeholder={shown}
            isWrong={wrong !== null}
            describedBy={wrong ? wrongId : undefined}
            onCommit={text => {
              set(name, text === '' ? null : text);
            }}
          />
        )}
        {value !== null && (
          <IconButton
            icon={undoIcon}
            label={trans.__('Back to the default of %1', name)}
            onPress={() => {
              set(name, null);
            }}
          />
        )}
      </div>
    </Field>
  );
}

/**
 * What can be given: the names of the cell, those it computes, and those given to another notebook of that name.
 */
function parametersOf(
  answer: IRow['answer'],
  given: Record<string, string>
): IParameter[] {
  const known = answer?.parameters ?? [];
  const unknown = [...(answer?.computed ?? []), ...Object.keys(given)];
  const names = new Set(known.map(one => one.name));
  const rest = unknown.filter(name => !names.has(name));
  return [
    ...known,
    ...[...new Set(rest)].map(name => ({ name, default: null, type: '' }))
  ];
}

function capital(text: string): string {
  return /^(true|1)$/i.test(text.trim()) ? 'True' : 'False';
}
