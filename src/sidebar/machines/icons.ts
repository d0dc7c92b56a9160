import { LabIcon } from '@jupyterlab/ui-components';

/**
 * Something to know that stops nothing: a triangle.
 */
export const warningIcon = new LabIcon({
  name: 'jupyter-mlx:warning',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16">' +
    '<path class="jp-icon3" fill="#616161" d="M8 1.5l6.8 12.2H1.2zM7.300 6v4h1.400V6zm0 5v1.500h1.400V11z"/></svg>'
});
