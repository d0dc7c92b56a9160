import { LabIcon } from '@jupyterlab/ui-components';

const svg = (body: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16">${body}</svg>`;

/**
 * Run here, on another machine: a triangle over a rack.
 */
export const runRemoteIcon = new LabIcon({
  name: 'jupyter-mlx:run-remote',
  svgstr: svg(
    '<path class="jp-icon3 jp-icon-selectable" fill="#616161" d="M2 2.2v6.6c0 .4.4.6.7.4l5.5-3.3c.3-.2.3-.6 0-.8L2.7 1.8c-.3-.2-.7 0-.7.4z"/>' +
      '<path class="jp-icon3 jp-icon-selectable" fill="#616161" d="M10 3h3.5c.3 0 .5.2.5.5v3c0 .3-.2.5-.5.5H9.2L10 6h3V4h-3zM2.5 10h11c.3 0 .5.2.5.5v3c0 .3-.2.5-.5.5h-11a.5.5 0 0 1-.5-.5v-3c0-.3.2-.5.5-.5zm.5 1v2h10v-2z"/>' +
      '<circle class="jp-icon3 jp-icon-selectable" fill="#616161" cx="11.5" cy="12" r=".8"/>'
  )
});

/**
 * The panel of remote runs: a rack with a pulse.
 */
export const remoteRunsIcon = new LabIcon({
  name: 'jupyter-mlx:remote-runs',
  svgstr: svg(
    '<path class="jp-icon3 jp-icon-selectable" fill="#616161" d="M2.5 2h11c.3 0 .5.2.5.5v3c0 .3-.2.5-.5.5h-11a.5.5 0 0 1-.5-.5v-3c0-.3.2-.5.5-.5zM3 3v2h10V3z"/>' +
      '<circle class="jp-icon3 jp-icon-selectable" fill="#616161" cx="11.5" cy="4" r=".8"/>' +
      '<path class="jp-icon3 jp-icon-selectable" fill="#616161" d="M1.5 10.5h3l1.4-2.6c.2-.4.8-.3.9.1l1.6 4 1.1-1.9c.1-.2.3-.2.4-.2h4.6v1.2h-4.2l-1.6 2.7c-.2.4-.8.3-.9-.1L6.2 9.9l-.9 1.6a.5.5 0 0 1-.4.2H1.5z"/>'
  )
});

const STAR_SHAPE =
  'M8 1.6l1.9 4 4.4.6-3.2 3.1 .8 4.4L8 11.5l-3.9 2.1.8-4.4-3.2-3 4.4-.6z';

/**
 * A run that is not starred, to star it.
 */
export const starIcon = new LabIcon({
  name: 'jupyter-mlx:star',
  svgstr: svg(
    `<g fill="none"><path class="jp-icon3" stroke="#616161" stroke-width="1.2" stroke-linejoin="round" d="${STAR_SHAPE}"/></g>`
  )
});

/**
 * A starred run.
 */
export const starredIcon = new LabIcon({
  name: 'jupyter-mlx:starred',
  svgstr: svg(`<path class="jp-icon3" fill="#616161" d="${STAR_SHAPE}"/>`)
});

const state = (name: string, body: string): LabIcon =>
  new LabIcon({ name: `jupyter-mlx:state-${name}`, svgstr: svg(body) });

/**
 * One shape for each state of a run or a cell, so that colour is never alone.
 */
export const stateIcons: Readonly<Record<string, LabIcon>> = {
  waiting: state(
    'waiting',
    '<circle class="jp-icon3" fill="#616161" cx="8" cy="8" r="1.8"/>'
  ),
  queued: state(
    'queued',
    '<path class="jp-icon3" fill="#616161" d="M4 2h8v1.2c0 2-1.4 3.4-3 4.8 1.6 1.4 3 2.8 3 4.8V14H4v-1.2c0-2 1.4-3.4 3-4.8-1.6-1.4-3-2.8-3-4.8z"/>'
  ),
  sending: state(
    'sending',
    '<path class="jp-icon3" fill="#616161" d="M8 2l4.5 5H9.6v5H6.4V7H3.5zM3 13h10v1.2H3z"/>'
  ),
  preparing: state(
    'preparing',
    '<path class="jp-icon3" fill="#616161" d="M3 12a1.6 1.6 0 1 0 0 .01M8 12a1.6 1.6 0 1 0 0 .01M13 12"/><path class="jp-icon3" fill="#616161" d="M2 4h12v1.4H2zm0 3.3h8v1.4H2zm0 3.3h5V12H2z"/>'
  ),
  running: state(
    'running',
    '<path class="jp-icon3" fill="#616161" d="M8 1.8A6.2 6.2 0 1 0 14.2 8h-1.6A4.6 4.6 0 1 1 8 3.4z"/>'
  ),
  succeeded: state(
    'succeeded',
    '<path class="jp-icon3" fill="#616161" d="M6.4 12.6L2 8.2l1.3-1.3 3.1 3.1 6.3-6.4L14 4.9z"/>'
  ),
  failed: state(
    'failed',
    '<path class="jp-icon3" fill="#616161" d="M12.8 4.5l-1.3-1.3L8 6.7 4.5 3.2 3.2 4.5 6.7 8l-3.5 3.5 1.3 1.3L8 9.3l3.5 3.5 1.3-1.3L9.3 8z"/>'
  ),
  cancelled: state(
    'cancelled',
    '<path class="jp-icon3" fill="#616161" d="M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zm0 1.5c1 0 2 .3 2.7.9L4.2 10.7A4.7 4.7 0 0 1 8 3.3zm0 9.4c-1 0-2-.3-2.7-.9l6.5-6.5A4.7 4.7 0 0 1 8 12.7z"/>'
  ),
  skipped: state(
    'skipped',
    '<path class="jp-icon3" fill="#616161" d="M3 3.5l5 4.5-5 4.5zm5.5 0l5 4.5-5 4.5z"/>'
  ),
  lost: state(
    'lost',
    '<path class="jp-icon3" fill="#616161" d="M7.2 10.6h1.6v-.5c0-1.6 2.6-1.8 2.6-4.4C11.400 3.6 9.900 2.200 8 2.200S4.600 3.500 4.500 5.500h1.700c.1-1 .8-1.700 1.800-1.700s1.800.8 1.800 1.800c0 1.800-2.600 2-2.600 4.500zM7.100 12h1.800v1.800H7.100z"/>'
  )
};
