import type { IThemeManager } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import * as React from 'react';

import { ChartHost, type ChartPool } from './chartHost';
import { chartSummary } from './chartSummary';
import { ChartTable } from './chartTable';
import { copyText } from './copy';
import { lineDash, seriesColor } from './lineLook';
import type { ChartFactory, IChartData } from './metricChart';
import { Readout } from './readout';

/**
 * What a card shows, and how.
 */
export interface IChartCard {
  name: string;
  read: () => IChartData;
  subscribe: (update: () => void) => IDisposable;

  /**
   * A place on the x axis in words, where ticks stand `step` apart or alone.
   */
  formatX: (x: number, step?: number) => string;
  formatY: (y: number) => string;

  /**
   * What the x axis counts, in a word.
   */
  xWord: string;
  isLog: boolean;
  color: number;

  /**
   * The names of its lines.
   */
  lines: readonly string[];

  /**
   * The points for a spreadsheet; null where there is no such text.
   */
  csv: (() => string) | null;
}

/**
 * What all cards share.
 */
export interface ICharts {
  pool: ChartPool;
  factory: ChartFactory;
  themes: IThemeManager | null;
  trans: TranslationBundle;
}

/**
 * One chart with its name, the value under the cursor or the latest, and what else can be done with its points.
 */
export function ChartCard({
  card,
  charts
}: {
  card: IChartCard;
  charts: ICharts;
}): React.JSX.Element {
  const { trans } = charts;
  const [isZoomed, setZoomed] = React.useState(false);
  const [isTable, setTable] = React.useState(false);
  const [spoken, setSpoken] = React.useState('');
  const plot = React.useRef<HTMLDivElement>(null);
  const text = React.useRef<HTMLSpanElement>(null);
  const controls = useChart(card, charts, plot, text, setZoomed, setSpoken);
  return (
    <div className="jp-MlxChart" role="group" aria-label={card.name}>
      <div className="jp-MlxChart-head">
        <h3 className="jp-MlxChart-name" title={card.name}>
          {card.name}
        </h3>
        <span className="jp-MlxChart-value" ref={text} aria-hidden />
      </div>
      <div
        ref={plot}
        className="jp-MlxChart-plot"
        role="figure"
        tabIndex={0}
        title={trans.__(
          'Drag to zoom, double-click to see all, ← → for values'
        )}
        onKeyDown={event => controls.current?.onKey(event)}
        onFocus={() => controls.current?.describe()}
        onBlur={() => controls.current?.leave()}
        onClick={() => controls.current?.draw()}
      />
      <div className="jp-MlxUnseen" aria-live="polite">
        {spoken}
      </div>
      <div className="jp-MlxChart-foot">
        <span className="jp-MlxChart-axis">{card.xWord}</span>
        <Legend card={card} />
        {isZoomed && (
          <CardButton
            label={trans.__('Show all')}
            onClick={() => controls.current?.resetZoom()}
          />
        )}
        <CardButton
          label={trans.__('Table')}
          isPressed={isTable}
          onClick={() => {
            setTable(!isTable);
          }}
        />
        {card.csv && (
          <CardButton
            label={trans.__('Copy CSV')}
            onClick={() => {
              copyText(card.csv?.() ?? '', trans);
            }}
          />
        )}
      </div>
      {isTable && <ChartTable card={card} trans={trans} />}
    </div>
  );
}

/**
 * Which line is which, where there are several: as they are drawn, in colour and dash.
 */
function Legend({ card }: { card: IChartCard }): React.JSX.Element | null {
  return card.lines.length < 2 ? null : (
    <span className="jp-MlxChart-legend">
      {card.lines.map((name, at) => (
        <span key={name}>
          <svg width="22" height="8" aria-hidden>
            <line
              x1="0"
              x2="22"
              y1="4"
              y2="4"
              strokeWidth="2"
              stroke={`var(${seriesColor(card.color, at)})`}
              strokeDasharray={lineDash(at).join(' ')}
            />
          </svg>{' '}
          {name}
        </span>
      ))}
    </span>
  );
}

function CardButton({
  label,
  isPressed,
  onClick
}: {
  label: string;
  isPressed?: boolean;
  onClick: () => void;
}): React.JSX.Element {
  return (
    <button
      type="button"
      className="jp-MlxButton jp-MlxQuiet"
      aria-pressed={isPressed}
      onClick={onClick}
    >
      {label}
    </button>
  );
}

function useChart(
  card: IChartCard,
  charts: ICharts,
  plot: React.RefObject<HTMLDivElement>,
  text: React.RefObject<HTMLSpanElement>,
  onZoom: (isZoomed: boolean) => void,
  onSpeak: (text: string) => void
): React.RefObject<Readout> {
  const controls = React.useRef<Readout | null>(null);
  const latest = React.useRef(card);
  latest.current = card;
  const { isLog, color, xWord } = card;
  React.useEffect(() => {
    const { current: node } = plot;
    if (!node) {
      return;
    }
    const { pool, factory, themes, trans } = charts;
    const host = new ChartHost(node, {
      pool,
      factory,
      themes,
      read: () => latest.current.read(),
      style: () => ({
        isLog,
        color,
        formatX: (x, step) => latest.current.formatX(x, step),
        formatY: y => latest.current.formatY(y)
      }),
      onCursor: index => {
        readout.onCursor(index);
      },
      onZoom
    });
    const readout = new Readout(host, latest, node, text, onSpeak, () =>
      chartSummary(
        latest.current.name,
        latest.current.read(),
        trans,
        latest.current.formatX,
        latest.current.formatY
      )
    );
    controls.current = readout;
    const told = latest.current.subscribe(() => {
      host.update();
      readout.onData();
    });
    return () => {
      onZoom(false);
      told.dispose();
      readout.dispose();
      host.dispose();
      controls.current = null;
    };
    // The axis and the scale make another chart; points and names reach the one there is.
  }, [charts, isLog, color, xWord, onZoom, onSpeak, plot, text]);
  return controls;
}
