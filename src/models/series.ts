/**
 * One metric in columns of the same length; values that are not finite are NaN.
 */
export interface IMetricSeries {
  key: string;
  step: number[];
  value: number[];
  time: number[];

  /**
   * Whether every point was logged with a step; otherwise steps count the points.
   */
  stepped: boolean;
}

/**
 * All metrics of a run by key, in the order they first came.
 */
export class Metrics {
  readonly series = new Map<string, IMetricSeries>();

  /**
   * Add the values logged at one moment; the keys that have a point more.
   */
  add(
    values: Record<string, number>,
    step: number | null,
    time: number
  ): string[] {
    const keys = Object.keys(values);
    for (const key of keys) {
      const series = this._of(key);
      series.stepped = series.stepped && step !== null;
      series.step.push(step ?? series.step.length);
      series.value.push(values[key] ?? NaN);
      series.time.push(time);
    }
    return keys;
  }

  private _of(key: string): IMetricSeries {
    const known = this.series.get(key);
    if (known) {
      return known;
    }
    const made = { key, step: [], value: [], time: [], stepped: true };
    this.series.set(key, made);
    return made;
  }
}
