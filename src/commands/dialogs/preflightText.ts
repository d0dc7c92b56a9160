import type { TranslationBundle } from '@jupyterlab/translation';

import type { IParameter, IPreflight } from '../../api/types';
import { bytes } from '../../ui/format';

/**
 * What a run would be given, as names and values in the order people ask.
 */
export function facts(
  found: IPreflight,
  trans: TranslationBundle
): [string, string][] {
  const { software, parameters } = found;
  return [
    [trans.__('Notebook'), found.notebook],
    [trans.__('Machine'), machineName(found.machine, trans)],
    [trans.__('Project'), `${found.project} (${found.project_found})`],
    [
      trans.__('Files'),
      trans._n(
        '%1 file, %2',
        '%1 files, %2',
        found.files_total,
        bytes(found.bytes)
      )
    ],
    [trans.__('Cells'), String(found.cells)],
    [
      trans.__('Environment'),
      [
        software.kind,
        software.target,
        software.python && `Python ${software.python}`,
        software.packages > 0 &&
          trans._n('%1 package', '%1 packages', software.packages)
      ]
        .filter(Boolean)
        .join(', ')
    ],
    [
      trans.__('Parameters'),
      parameters.map(parameter).join(', ') || trans.__('none')
    ]
  ];
}

/**
 * All of it as plain text, for a ticket or a chat.
 */
export function asText(found: IPreflight, trans: TranslationBundle): string {
  const lines = facts(found, trans).map(([name, value]) => `${name}: ${value}`);
  const warnings = found.warnings.map(warning => `! ${warning}`);
  const files = found.files.map(file => `  ${bytes(file.size)}\t${file.path}`);
  return [...lines, ...warnings, ...files, ''].join('\n');
}

function parameter({ name, default: value }: IParameter): string {
  return `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`;
}

function machineName(name: string, trans: TranslationBundle): string {
  return name === 'local' ? trans.__('this computer') : name;
}
