import * as React from 'react';

import { bytes, duration } from '../ui/format';
import { Notice } from '../ui/notice';
import { Pairs, Section } from './section';
import type { ShownRun } from './shownRun';
import { short } from './words';

/**
 * What the run was given in its `parameters` cell.
 */
export function Parameters({
  run
}: {
  run: ShownRun;
}): React.JSX.Element | null {
  const { trans } = run.context;
  const params = Object.entries(run.facts?.params ?? {});
  return (
    <Section title={trans.__('Parameters')}>
      {params.length === 0 ? (
        <div className="jp-MlxDim">
          {trans.__('The notebook has no cell tagged "parameters".')}
        </div>
      ) : (
        <table className="jp-MlxTable">
          <tbody>
            {params.map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>
                  <code>{short(value, 400)}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

/**
 * The Python and the packages the run used.
 */
export function Environment({
  run
}: {
  run: ShownRun;
}): React.JSX.Element | null {
  const { trans } = run.context;
  const { environment } = run.model.detail ?? {};
  const [filter, setFilter] = React.useState('');
  const packages = versions(environment?.['packages']);
  if (!environment || Object.keys(environment).length === 0) {
    return null;
  }
  const needle = filter.toLowerCase();
  const shown = packages.filter(([name]) =>
    name.toLowerCase().includes(needle)
  );
  const seconds = environment['seconds'];
  return (
    <Section title={trans.__('Environment')}>
      <Pairs
        rows={[
          [trans.__('Python'), text(environment['python'])],
          [trans.__('Kind'), text(environment['kind'])],
          [trans.__('Digest'), digest(environment['digest'])],
          [
            trans.__('Built in'),
            environment['cached'] === true
              ? trans.__('It was there already')
              : typeof seconds === 'number'
                ? duration(seconds)
                : ''
          ]
        ]}
      />
      {packages.length > 0 && (
        <>
          <input
            type="search"
            className="jp-MlxInput"
            value={filter}
            placeholder={trans._n(
              'Filter %1 package',
              'Filter %1 packages',
              packages.length
            )}
            aria-label={trans.__('Filter packages')}
            onChange={event => {
              setFilter(event.target.value);
            }}
          />
          <div
            className="jp-MlxPackages"
            role="region"
            tabIndex={0}
            aria-label={trans.__('Packages')}
          >
            {shown.length === 0 && (
              <Notice title={trans.__('No package matches "%1"', filter)} />
            )}
            <table className="jp-MlxTable">
              <tbody>
                {shown.map(([name, version]) => (
                  <tr key={name}>
                    <th scope="row">{name}</th>
                    <td>{version}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </Section>
  );
}

/**
 * What travelled.
 */
export function Bundle({ run }: { run: ShownRun }): React.JSX.Element | null {
  const { trans } = run.context;
  const { bundle } = run.model.detail ?? {};
  return bundle ? (
    <Section title={trans.__('Sent files')}>
      <Pairs
        rows={[
          [trans.__('Files'), bundle.files.toLocaleString()],
          [trans.__('Size'), bytes(bundle.bytes)],
          [trans.__('Digest'), digest(bundle.digest)]
        ]}
      />
    </Section>
  ) : null;
}

function versions(value: unknown): [string, string][] {
  return typeof value === 'object' && value !== null
    ? Object.entries(value)
        .map(([name, version]): [string, string] => [name, text(version)])
        .sort(([a], [b]) => a.localeCompare(b))
    : [];
}

function digest(value: unknown): React.JSX.Element | null {
  const whole = text(value);
  return whole ? (
    <code title={whole}>{whole.replace(/^sha256:/, '').slice(0, 12)}</code>
  ) : null;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
