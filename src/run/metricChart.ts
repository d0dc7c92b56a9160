import type { IDisposable } from '@lumino/disposable';

/**
 * One line of a chart.
 */
export interface IChartLine {
  name: string;

  /**
   * A value for each x; what is not finite is a gap.
   */
  y: readonly number[];
}

/**
 * A part of the x axis.
 */
export interface IZoom {
  low: number;
  high: number;
}

/**
 * What a chart shows.
 */
export interface IChartData {
  /**
   * Ascending.
   */
  x: readonly number[];
  lines: readonly IChartLine[];

  /**
   * Places on the x axis with a word each, as where a cell began.
   */
  marks?: readonly { x: number; name: string }[];
}

/**
 * How a chart is drawn.
 */
export interface IChartStyle {
  width: number;
  height: number;
  isLog: boolean;

  /**
   * Which of the eight series colours the first line has, from 1.
   */
  color: number;

  /**
   * The words at the ticks, which stand `step` apart.
   */
  formatX: (x: number, step?: number) => string;
  formatY: (y: number) => string;
}

/**
 * A chart of lines over one x axis. What the user set (zoom, cursor) stays when data comes.
 */
export interface IMetricChart extends IDisposable {
  /**
   * The part of the x axis the user chose; null where all is shown.
   */
  zoom: IZoom | null;

  /**
   * Show other data, or the same with more points.
   */
  setData(data: IChartData): void;

  setLog(isLog: boolean): void;

  setSize(width: number, height: number): void;

  /**
   * Put the cursor on the point with that index; -1 takes it away.
   */
  moveCursor(index: number): void;

  /**
   * Draw again, with the colours of the theme as they are now.
   */
  redraw(): void;
}

/**
 * What a chart tells its owner.
 */
export interface IChartEvents {
  /**
   * The cursor is on the point with that index; -1 when it left.
   */
  onCursor: (index: number) => void;

  onZoom: (zoom: IZoom | null) => void;
}

/**
 * Makes a chart in a node.
 */
export type ChartFactory = (
  node: HTMLElement,
  data: IChartData,
  style: IChartStyle,
  events: IChartEvents
) => IMetricChart;
