import { nullTranslator } from '@jupyterlab/translation';

import { ApiError } from '../../api/client';
import { plugins } from '../../plugins';
import { remedy } from '../../plugins/remote';

const trans = nullTranslator.load('jupyter_mlx');

describe('plugins', () => {
  it('have ids of their own below the name of the package', () => {
    const ids = plugins.map(plugin => plugin.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every(id => id.startsWith('jupyter-mlx:'))).toBe(true);
  });
});

describe('remedy', () => {
  it('says how to enable a missing server half', () => {
    const text = remedy(new ApiError('Not Found', 404), trans);
    expect(text).toContain('jupyter server extension enable jupyter_mlx');
    expect(text.length).toBeLessThanOrEqual(140);
  });

  it('names any other cause after where to look', () => {
    const text = remedy(new ApiError('Internal error', 500), trans);
    expect(text).toMatch(/log of the Jupyter server.*Internal error/);
    expect(text).not.toContain('enable');
  });
});
