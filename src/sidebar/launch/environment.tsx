import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { useState } from 'react';

import type { ISoftwareView } from '../../api/types';
import { readFacts } from '../../models/machineFacts';
import { TextField } from '../../ui/textField';
import { Field } from './field';
import type { IRow } from './where';

const EXISTING = 'existing:';
const REQUIREMENTS = 'requirements.txt';
const OTHER = '\0other';

/**
 * With which software the notebook runs.
 */
export function EnvironmentRow({
  context: { remote, trans },
  target,
  answer,
  wrong,
  choose
}: IRow): React.JSX.Element {
  const [isTyping, setTyping] = useState(false);
  const machine = remote.machines.get(target.machine ?? '');
  const there = machine ? readFacts(machine.status.facts).environments : [];
  const names = there.map(([name]) => name);
  const chosen = target.environment ?? '';
  const listed = ['', 'kernel', REQUIREMENTS, ...names.map(n => EXISTING + n)];
  const isTyped = isTyping || !listed.includes(chosen);
  return (
    <Field
      label={trans.__('Environment')}
      wrong={wrong}
      wrongId="jp-mlx-environment-wrong"
      detail={answer && !isTyped && softwareText(answer.software, trans)}
    >
      <select
        className="jp-MlxEntry"
        aria-label={trans.__('Environment')}
        value={isTyped ? OTHER : chosen === 'kernel' ? '' : chosen}
        onChange={event => {
          const { value } = event.target;
          setTyping(value === OTHER);
          if (value !== OTHER) {
            choose({ environment: value || null });
          }
        }}
      >
        <option value="">{trans.__('match this kernel')}</option>
        <option value={REQUIREMENTS}>{REQUIREMENTS}</option>
        {names.map(name => (
          <option key={name} value={EXISTING + name}>
            {trans.__('%1 (there already)', name)}
          </option>
        ))}
        <option value={OTHER}>{trans.__('another, by name or path…')}</option>
      </select>
      {isTyped && (
        <TextField
          value={chosen.startsWith(EXISTING) ? chosen.slice(9) : chosen}
          label={trans.__('Name or Python of the environment')}
          placeholder={trans.__('a name there, /path/to/python or a file.txt')}
          isWrong={wrong !== null}
          describedBy={wrong ? 'jp-mlx-environment-wrong' : undefined}
          onCommit={text => {
            choose({ environment: typed(text) });
          }}
        />
      )}
    </Field>
  );
}

/**
 * What was typed as the server wants it: a requirements file, or an environment of the machine.
 */
export function typed(text: string): string | null {
  const bare = text.trim();
  if (bare === '' || bare.startsWith(EXISTING) || /\.(txt|in)$/.test(bare)) {
    return bare || null;
  }
  return EXISTING + bare;
}

function softwareText(
  { kind, python, packages, target, cached }: ISoftwareView,
  trans: TranslationBundle
): string {
  const parts: string[] = [];
  if (python) {
    parts.push(trans.__('Python %1', python));
  }
  if (packages > 0) {
    parts.push(trans._n('%1 package', '%1 packages', packages));
  }
  if (cached) {
    parts.push(trans.__('there already'));
  }
  if (kind === 'existing') {
    parts.push(
      target ? trans.__('as it is: %1', target) : trans.__('as it is')
    );
  }
  return parts.join(' · ');
}
