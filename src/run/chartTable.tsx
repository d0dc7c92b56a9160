import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IChartCard } from './chartCard';

const ROWS = 25;

/**
 * The points of a chart as a table in pages, the newest page first shown.
 */
export function ChartTable({
  card,
  trans
}: {
  card: IChartCard;
  trans: TranslationBundle;
}): React.JSX.Element {
  useSlowly(card.subscribe);
  const { x, lines } = card.read();
  const pages = Math.max(1, Math.ceil(x.length / ROWS));
  const [wanted, setPage] = React.useState<number | null>(null);
  const page = Math.min(wanted ?? pages - 1, pages - 1);
  const rows = x.slice(page * ROWS, (page + 1) * ROWS);
  return (
    <div className="jp-MlxChart-table">
      <table className="jp-MlxTable" aria-label={card.name}>
        <thead>
          <tr>
            <th scope="col">{card.xWord}</th>
            {lines.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((place, at) => (
            <tr key={page * ROWS + at}>
              <td>{card.formatX(place)}</td>
              {lines.map(({ name, y }) => (
                <td key={name}>{String(y[page * ROWS + at] ?? NaN)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <div className="jp-MlxChart-pages">
        <button
          type="button"
          className="jp-MlxButton"
          disabled={page === 0}
          onClick={() => {
            setPage(page - 1);
          }}
        >
          {trans.__('Earlier')}
        </button>
        <span>{trans.__('Page %1 of %2', page + 1, pages)}</span>
        <button
          type="button"
          className="jp-MlxButton"
          disabled={page === pages - 1}
          onClick={() => {
            setPage(page + 1 === pages - 1 ? null : page + 1);
          }}
        >
          {trans.__('Later')}
        </button>
      </div>
    </div>
  );
}

/**
 * Render again when points came, at most once a second.
 */
function useSlowly(subscribe: IChartCard['subscribe']): void {
  const [, again] = React.useReducer((count: number) => count + 1, 0);
  const latest = React.useRef(subscribe);
  React.useEffect(() => {
    let timer = 0;
    const told = latest.current(() => {
      timer ||= window.setTimeout(() => {
        timer = 0;
        again();
      }, 1000);
    });
    return () => {
      window.clearTimeout(timer);
      told.dispose();
    };
  }, []);
}
