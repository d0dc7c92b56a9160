import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import * as React from 'react';

import type { IRunModelChange } from '../models/run';
import { bytes, value } from '../ui/format';
import { Notice } from '../ui/notice';
import { ChartCard, type IChartCard, type ICharts } from './chartCard';
import {
  grouped,
  hardware,
  hardwareData,
  type IHardware,
  metricData,
  type XAxis
} from './chartData';
import { ChartFeed } from './chartFeed';
import { ChartPool } from './chartHost';
import { copyText } from './copy';
import { metricCsv } from './csv';
import type { ShownRun } from './shownRun';
import { sinceStart } from './words';
import { UplotChart } from './uplotChart';

/**
 * How the user wants to see metrics.
 */
interface IWanted {
  filter: string;
  axis: XAxis;
  isLog: boolean;
}

/**
 * All metrics of a run as charts, and the hardware below.
 */
export class MetricsTab extends ReactWidget {
  constructor(private _run: ShownRun) {
    super();
    this.addClass('jp-MlxMetrics');
    this._feed = new ChartFeed(_run);
    this._charts = {
      pool: new ChartPool(),
      factory: (...args) => new UplotChart(...args),
      themes: _run.context.themes,
      trans: _run.context.trans
    };
    _run.told.connect(this._onTold, this);
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._feed.dispose();
      this._run.told.disconnect(this._onTold, this);
      super.dispose();
    }
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this._feed.isActive = true;
    this.update();
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this._feed.isActive = this.isVisible;
  }

  protected override onBeforeHide(msg: Message): void {
    super.onBeforeHide(msg);
    this._feed.isActive = false;
  }

  protected override render(): React.JSX.Element {
    this._shown = this._extent();
    return (
      <MetricsView
        run={this._run}
        feed={this._feed}
        charts={this._charts}
        wanted={this._wanted}
        onWanted={wanted => {
          this._wanted = { ...this._wanted, ...wanted };
          this.update();
        }}
      />
    );
  }

  /**
   * Points reach the charts by the feed; all is drawn again only for another chart.
   */
  private _onTold(_: ShownRun, change: IRunModelChange): void {
    if (this.isVisible && (change.detail || this._extent() !== this._shown)) {
      this.update();
    }
  }

  private _extent(): string {
    const { metrics, samples } = this._run.model;
    const gpus = samples[samples.length - 1]?.gpus.length ?? 0;
    return `${metrics.series.size} ${gpus} ${samples.length > 0}`;
  }

  private _feed: ChartFeed;
  private _charts: ICharts;
  private _wanted: IWanted = { filter: '', axis: 'step', isLog: false };
  private _shown = '';
}

interface IMetricsView {
  run: ShownRun;
  feed: ChartFeed;
  charts: ICharts;
  wanted: IWanted;
  onWanted: (wanted: Partial<IWanted>) => void;
}

function MetricsView(props: IMetricsView): React.JSX.Element {
  const { run, wanted, onWanted } = props;
  const { series } = run.model.metrics;
  const { trans } = run.context;
  const needle = wanted.filter.toLowerCase();
  const keys = [...series.keys()].filter(key =>
    key.toLowerCase().includes(needle)
  );
  return (
    <>
      {series.size > 0 && <Toolbar {...props} />}
      {series.size === 0 && <NoMetrics run={run} />}
      {series.size > 0 && keys.length === 0 && (
        <Notice
          title={trans.__('No metric matches "%1"', wanted.filter)}
          actions={[
            {
              label: trans.__('Clear the filter'),
              run: () => {
                onWanted({ filter: '' });
              }
            }
          ]}
        />
      )}
      {[...grouped(keys)].map(([prefix, members]) => (
        <details key={prefix} className="jp-MlxMetrics-group" open>
          <summary>
            {prefix ? `${prefix}/` : trans.__('Metrics')}{' '}
            <span className="jp-MlxTabs-count">{members.length}</span>
          </summary>
          <div className="jp-MlxMetrics-grid">
            {members.map(key => (
              <Metric key={key} name={key} {...props} />
            ))}
          </div>
        </details>
      ))}
      <Hardware {...props} />
    </>
  );
}

function Toolbar({ run, wanted, onWanted }: IMetricsView): React.JSX.Element {
  const { trans } = run.context;
  return (
    <div className="jp-MlxMetrics-tools">
      <input
        type="search"
        className="jp-MlxInput"
        placeholder={trans.__('Filter metrics')}
        aria-label={trans.__('Filter metrics')}
        value={wanted.filter}
        onChange={event => {
          onWanted({ filter: event.target.value });
        }}
      />
      <label>
        {trans.__('x axis')}{' '}
        <select
          className="jp-MlxInput"
          value={wanted.axis}
          onChange={event => {
            onWanted({ axis: event.target.value === 'time' ? 'time' : 'step' });
          }}
        >
          <option value="step">{trans.__('step')}</option>
          <option value="time">{trans.__('time')}</option>
        </select>
      </label>
      <label>
        <input
          type="checkbox"
          checked={wanted.isLog}
          onChange={event => {
            onWanted({ isLog: event.target.checked });
          }}
        />{' '}
        {trans.__('logarithmic y')}
      </label>
    </div>
  );
}

function Metric({
  name,
  run,
  feed,
  charts,
  wanted: { axis, isLog }
}: IMetricsView & { name: string }): React.JSX.Element | null {
  const { model, context } = run;
  const series = model.metrics.series.get(name);
  if (!series) {
    return null;
  }
  const isTime = axis === 'time';
  const card: IChartCard = {
    name,
    read: () => metricData(series, axis, run.origin, model.cells),
    subscribe: update => feed.subscribe(name, update),
    formatX: isTime ? sinceStart : x => x.toLocaleString(),
    lines: [name],
    formatY: value,
    xWord: isTime ? context.trans.__('time') : context.trans.__('step'),
    isLog,
    color: 1,
    csv: () => metricCsv(series)
  };
  return <ChartCard card={card} charts={charts} />;
}

function Hardware({
  run,
  feed,
  charts
}: IMetricsView): React.JSX.Element | null {
  const { samples } = run.model;
  const { trans } = run.context;
  const found = hardware(samples, trans);
  if (found.length === 0) {
    return null;
  }
  const names: Record<IHardware['id'], string> = {
    gpu: trans.__('GPU'),
    gpuMemory: trans.__('GPU memory'),
    cpu: trans.__('Processor'),
    memory: trans.__('Memory')
  };
  return (
    <details className="jp-MlxMetrics-group" open>
      <summary>{trans.__('Hardware')}</summary>
      <div className="jp-MlxMetrics-grid">
        {found.map((one, at) => (
          <ChartCard
            key={one.id}
            charts={charts}
            card={{
              name: names[one.id],
              read: () => hardwareData(one, samples, run.origin),
              subscribe: update => feed.subscribe(null, update),
              formatX: sinceStart,
              lines: one.lines.map(line => line.name),
              formatY: one.id.endsWith('emory') ? bytes : percent,
              xWord: trans.__('time'),
              isLog: false,
              color: 2 + at,
              csv: null
            }}
          />
        ))}
      </div>
    </details>
  );
}

function NoMetrics({ run }: { run: ShownRun }): React.JSX.Element {
  const { trans } = run.context;
  const line = 'jupyter_mlx.log(loss=0.1)';
  return (
    <Notice
      title={run.isFinal ? trans.__('No metrics') : trans.__('No metrics yet')}
      text={trans.__(
        'Log one with %1, or print lines of JSON such as {"loss": 0.1}.',
        line
      )}
      actions={[
        {
          label: trans.__('Copy the line'),
          run: () => {
            copyText(`import jupyter_mlx\n${line}`, trans);
          }
        }
      ]}
    />
  );
}

function percent(share: number): string {
  return Number.isFinite(share) ? `${Math.round(share)} %` : '–';
}
