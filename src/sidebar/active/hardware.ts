import type { TranslationBundle } from '@jupyterlab/translation';

import type { ISample } from '../../models/events';
import { bytes } from '../../ui/format';

/**
 * What a machine's hardware does for a run, in a few words: `GPU 97 %`, `CPU 180 %`, `3.1 GB`.
 */
export function hardware(sample: ISample, trans: TranslationBundle): string[] {
  const parts: string[] = [];
  const used = sample.gpus.map(gpu => gpu.util).filter(util => util !== null);
  if (used.length > 0) {
    const mean = used.reduce((sum, one) => sum + one, 0) / used.length;
    parts.push(trans.__('GPU %1 %', Math.round(mean)));
  }
  if (sample.cpu !== null) {
    parts.push(trans.__('CPU %1 %', Math.round(100 * sample.cpu)));
  }
  if (sample.rss !== null) {
    parts.push(bytes(sample.rss));
  }
  return parts;
}
