import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { type IGpu, isFree, readFacts } from '../../models/machineFacts';
import { ago, bytes } from '../../ui/format';

/**
 * What a machine said it has.
 */
export function Facts({
  facts,
  trans
}: {
  facts: Readonly<Record<string, unknown>>;
  trans: TranslationBundle;
}): React.JSX.Element | null {
  const rows = rowsOf(facts, trans);
  const { measured } = readFacts(facts);
  if (rows.length === 0) {
    return null;
  }
  return (
    <>
      <dl className="jp-MlxFacts">
        {rows.map(([name, value]) => (
          <React.Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </React.Fragment>
        ))}
      </dl>
      {measured !== null && (
        <div className="jp-MlxMachine-note">
          {trans.__('as of the last test, %1', ago(measured, trans))}
        </div>
      )}
    </>
  );
}

function rowsOf(
  told: Readonly<Record<string, unknown>>,
  trans: TranslationBundle
): [string, string][] {
  const facts = readFacts(told);
  const rows: [string, string | null][] = [
    [trans.__('Host'), facts.hostname],
    ...(facts.gpus ?? []).map((gpu, at): [string, string] => [
      trans.__('GPU %1', at),
      gpuWords(gpu, trans)
    ]),
    [
      trans.__('Processors'),
      facts.cpus === null
        ? null
        : trans.__('%1, load %2', facts.cpus, facts.load?.toFixed(1) ?? '?')
    ],
    [
      trans.__('Memory'),
      facts.memoryTotal === null
        ? null
        : trans.__(
            '%1 of %2 in use',
            bytes(facts.memoryUsed ?? 0),
            bytes(facts.memoryTotal)
          )
    ],
    [
      trans.__('Disk'),
      facts.diskFree === null
        ? null
        : trans.__('%1 free', bytes(facts.diskFree))
    ],
    [trans.__('Pythons'), facts.pythons.join(', ') || null],
    [
      trans.__('Environments'),
      facts.environments.map(([name]) => name).join(', ') || null
    ]
  ];
  return rows.filter((row): row is [string, string] => row[1] !== null);
}

function gpuWords(gpu: IGpu, trans: TranslationBundle): string {
  const state = isFree(gpu) ? trans.__('free') : trans.__('in use');
  const memory =
    gpu.memoryTotal === null
      ? ''
      : `, ${bytes(gpu.memoryTotal - (gpu.memoryUsed ?? 0))} / ${bytes(gpu.memoryTotal)}`;
  return `${gpu.name} · ${state}${memory}`;
}
