import type { IThemeManager } from '@jupyterlab/apputils';
import type { IDisposable } from '@lumino/disposable';

import type {
  ChartFactory,
  IChartData,
  IChartStyle,
  IMetricChart,
  IZoom
} from './metricChart';

const MOST = 16; // charts that are drawn at a time

/**
 * The charts that are drawn; of too many the one that has been for longest goes.
 */
export class ChartPool {
  take(host: ChartHost): void {
    this._drawn.delete(host);
    this._drawn.add(host);
    const [oldest] = this._drawn;
    if (this._drawn.size > MOST && oldest) {
      oldest.clear();
    }
  }

  release(host: ChartHost): void {
    this._drawn.delete(host);
  }

  private _drawn = new Set<ChartHost>();
}

/**
 * What a place for a chart is given.
 */
export interface IChartHostOptions {
  pool: ChartPool;
  factory: ChartFactory;
  themes: IThemeManager | null;
  read: () => IChartData;
  style: () => Omit<IChartStyle, 'width' | 'height'>;
  onCursor: (index: number) => void;
  onZoom: (isZoomed: boolean) => void;
}

/**
 * A place for a chart, which is drawn while the place is in view.
 */
export class ChartHost implements IDisposable {
  constructor(
    private _node: HTMLElement,
    private _options: IChartHostOptions
  ) {
    this._view = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) {
          this.draw();
        } else {
          this.clear();
        }
      },
      { rootMargin: '120px' }
    );
    this._view.observe(_node);
    this._size = new ResizeObserver(() => {
      this._resize();
    });
    this._size.observe(_node);
    _options.themes?.themeChanged.connect(this._onTheme, this);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /**
   * The chart; null while it is not drawn.
   */
  get chart(): IMetricChart | null {
    return this._chart;
  }

  /**
   * Make the chart, unless it is there.
   */
  draw(): void {
    const { clientWidth: width, clientHeight: height } = this._node;
    if (this._chart || this._isDisposed || width === 0) {
      return;
    }
    const { pool, factory, read, style, onCursor, onZoom } = this._options;
    this._chart = factory(
      this._node,
      read(),
      { ...style(), width, height },
      {
        onCursor,
        onZoom: zoom => {
          this._zoom = zoom;
          onZoom(zoom !== null);
        }
      }
    );
    if (this._zoom) {
      this._chart.zoom = this._zoom;
    }
    pool.take(this);
  }

  /**
   * Take the chart away; it comes back as it was.
   */
  clear(): void {
    if (this._chart) {
      this._chart.dispose();
      this._chart = null;
      this._options.pool.release(this);
    }
  }

  /**
   * There are new points.
   */
  update(): void {
    this._chart?.setData(this._options.read());
  }

  /**
   * Show all of the x axis.
   */
  resetZoom(): void {
    this._zoom = null;
    this._options.onZoom(false);
    if (this._chart) {
      this._chart.zoom = null;
    }
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this.clear();
      this._view.disconnect();
      this._size.disconnect();
      this._options.themes?.themeChanged.disconnect(this._onTheme, this);
    }
  }

  private _resize(): void {
    const { clientWidth, clientHeight } = this._node;
    if (clientWidth > 0) {
      this._chart?.setSize(clientWidth, clientHeight);
    }
  }

  private _onTheme(): void {
    // The style sheet of the new theme counts from the next frame on.
    requestAnimationFrame(() => {
      this._chart?.redraw();
    });
  }

  private _view: IntersectionObserver;
  private _size: ResizeObserver;
  private _chart: IMetricChart | null = null;
  private _zoom: IZoom | null = null;
  private _isDisposed = false;
}
