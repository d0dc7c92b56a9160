import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

import { decimate, nearest, within } from './decimate';
import { lineDash, seriesColor } from './lineLook';
import type {
  IChartData,
  IChartEvents,
  IChartStyle,
  IMetricChart,
  IZoom
} from './metricChart';

/**
 * A chart drawn by uPlot.
 */
export class UplotChart implements IMetricChart {
  constructor(
    node: HTMLElement,
    data: IChartData,
    style: IChartStyle,
    events: IChartEvents
  ) {
    this._node = node;
    this._data = data;
    this._style = { ...style };
    this._events = events;
    this._plot = this._make();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  setData(data: IChartData): void {
    const isSame = data.lines.length === this._data.lines.length;
    this._data = data;
    if (this._isDragging) {
      return; // it is drawn once the user lets go
    }
    if (isSame) {
      this._plot.setData(this._columns());
    } else {
      this._again();
    }
  }

  setLog(isLog: boolean): void {
    if (isLog !== this._style.isLog) {
      this._style.isLog = isLog;
      this._again();
    }
  }

  setSize(width: number, height: number): void {
    if (width !== this._style.width || height !== this._style.height) {
      this._style.width = width;
      this._style.height = height;
      this._plot.setSize({ width, height });
      this._plot.setData(this._columns());
    }
  }

  moveCursor(index: number): void {
    const x = this._data.x[index];
    if (x === undefined) {
      this._plot.setCursor({ left: -10, top: -10 });
      return;
    }
    const y = this._data.lines[0]?.y[index] ?? NaN;
    this._plot.setCursor(
      {
        left: this._plot.valToPos(x, 'x'),
        top: Number.isFinite(y) ? this._plot.valToPos(y, 'y') : 0
      },
      false
    );
  }

  get zoom(): IZoom | null {
    return this._zoom;
  }

  set zoom(zoom: IZoom | null) {
    this._zoom = zoom;
    this._plot.setData(this._columns());
    this._events.onZoom(zoom);
  }

  redraw(): void {
    this._plot.redraw();
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      window.removeEventListener('mouseup', this._onMouseUp);
      this._plot.destroy();
    }
  }

  private _make(): uPlot {
    return new uPlot(this._options(), this._columns(), this._node);
  }

  private _again(): void {
    this._plot.destroy();
    this._plot = this._make();
  }

  /**
   * The part that is seen, thinned to what its pixels can show.
   */
  private _columns(): uPlot.AlignedData {
    const { x, lines } = this._data;
    const { low, high } = this._zoom ?? { low: -Infinity, high: Infinity };
    const [from, to] = within(x, low, high);
    const kept = new Set<number>();
    for (const { y } of lines) {
      for (const at of decimate(x, y, from, to, this._style.width)) {
        kept.add(at);
      }
    }
    const indices =
      lines.length > 1 ? [...kept].sort((a, b) => a - b) : [...kept];
    return [
      indices.map(at => x[at] ?? 0),
      ...lines.map(({ y }) => indices.map(at => this._value(y[at])))
    ];
  }

  private _value(y: number | undefined): number | null {
    const isShown =
      y !== undefined && Number.isFinite(y) && (!this._style.isLog || y > 0);
    return isShown ? y : null;
  }

  private _options(): uPlot.Options {
    const { width, height, isLog, formatX, formatY } = this._style;
    const axis = (side: Partial<uPlot.Axis>): uPlot.Axis => ({
      stroke: () => this._color('--jp-ui-font-color2'),
      grid: { stroke: () => this._color('--jp-border-color3'), width: 1 },
      ticks: { show: false },
      font: `11px ${this._color('--jp-ui-font-family')}`,
      ...side
    });
    return {
      width,
      height,
      padding: [8, 8, 0, 0],
      legend: { show: false },
      cursor: this._cursor(),
      scales: {
        x: { time: false, range: (_, min, max) => this._range(min, max) },
        y: isLog ? { distr: uPlot.Scale.Distr.Logarithmic } : {}
      },
      axes: [
        axis({
          space: 60,
          size: 24,
          values: (_, all, __, ___, step) => all.map(x => formatX(x, step))
        }),
        axis({
          space: 28,
          size: 52,
          values: (_, all: (number | null)[]) =>
            all.map(one => (one === null ? '' : formatY(one)))
        })
      ],
      series: [{}, ...this._data.lines.map((_, at) => this._series(at))],
      hooks: {
        setCursor: [
          plot => {
            this._onCursor(plot);
          }
        ],
        setSelect: [
          plot => {
            this._onSelect(plot);
          }
        ],
        drawAxes: [
          plot => {
            this._drawMarks(plot);
          }
        ]
      }
    };
  }

  private _series(at: number): uPlot.Series {
    const stroke = () => this._color(seriesColor(this._style.color, at));
    return {
      label: this._data.lines[at]?.name ?? '',
      stroke,
      width: 1.5,
      dash: lineDash(at),
      points: { size: 5, fill: stroke, filter: lonePoints }
    };
  }

  private _cursor(): uPlot.Cursor {
    return {
      y: false,
      drag: { x: true, y: false, setScale: false, dist: 5 },
      points: { size: 7 },
      bind: {
        mousedown: (_, __, handler) => event => {
          this._isDragging = true;
          window.addEventListener('mouseup', this._onMouseUp);
          return handler(event);
        },
        dblclick: () => () => {
          this.zoom = null;
          return null;
        }
      }
    };
  }

  private _range(min: number, max: number): uPlot.Range.MinMax {
    const { low, high } = this._zoom ?? { low: min, high: max };
    return high > low ? [low, high] : [low - 0.5, low + 0.5];
  }

  private _onMouseUp = (): void => {
    window.removeEventListener('mouseup', this._onMouseUp);
    this._isDragging = false;
    this.setData(this._data);
  };

  private _onCursor(plot: uPlot): void {
    const { left } = plot.cursor;
    const isOn = left !== undefined && left >= 0;
    this._events.onCursor(
      isOn ? nearest(this._data.x, plot.posToVal(left, 'x')) : -1
    );
  }

  private _onSelect(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width > 0) {
      const low = plot.posToVal(left, 'x');
      const high = plot.posToVal(left + width, 'x');
      plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      this.zoom = { low, high };
    }
  }

  private _drawMarks(plot: uPlot): void {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = this._color('--jp-border-color1');
    ctx.setLineDash([2, 4]);
    for (const { x } of this._data.marks ?? []) {
      const at = plot.valToPos(x, 'x', true);
      if (at > bbox.left && at < bbox.left + bbox.width) {
        ctx.beginPath();
        ctx.moveTo(at, bbox.top);
        ctx.lineTo(at, bbox.top + bbox.height);
        ctx.stroke();
      }
    }
    ctx.restore();
  }

  private _color(name: string): string {
    return getComputedStyle(this._node).getPropertyValue(name).trim();
  }

  private _node: HTMLElement;
  private _data: IChartData;
  private _style: IChartStyle;
  private _events: IChartEvents;
  private _plot: uPlot;
  private _zoom: IZoom | null = null;
  private _isDragging = false;
  private _isDisposed = false;
}

/**
 * Between two gaps may stand so little that it has no length as a line: it is drawn as a point.
 */
function lonePoints(
  plot: uPlot,
  line: number,
  isEachShown: boolean
): number[] | null {
  const [x, y] = [plot.data[0], plot.data[line]];
  if (isEachShown || !y) {
    return null;
  }
  const alone: number[] = [];
  let first = -1;
  for (let at = 0; at <= y.length; at++) {
    const isValue = at < y.length && y[at] !== null;
    if (isValue) {
      first = first < 0 ? at : first;
    } else if (first >= 0) {
      const [low, high] = [x[first] ?? 0, x[at - 1] ?? 0];
      if (plot.valToPos(high, 'x') - plot.valToPos(low, 'x') < 2) {
        alone.push(at - 1);
      }
      first = -1;
    }
  }
  return alone;
}
