import * as React from 'react';

/**
 * One titled part of the overview.
 */
export function Section({
  title,
  children
}: {
  title: string;
  children: React.ReactNode;
}): React.JSX.Element {
  return (
    <section className="jp-MlxSection" role="region" aria-label={title}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

/**
 * Names with their values.
 */
export function Pairs({
  rows
}: {
  /**
   * What has no value is left out.
   */
  rows: readonly (readonly [string, React.ReactNode])[];
}): React.JSX.Element {
  return (
    <dl className="jp-MlxPairs">
      {rows
        .filter(([, value]) => value !== null && value !== '')
        .map(([name, value]) => (
          <React.Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </React.Fragment>
        ))}
    </dl>
  );
}
