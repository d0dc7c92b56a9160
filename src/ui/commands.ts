/**
 * The ids of all commands. Buttons, menus, notifications and other extensions act through these alone.
 *
 * Where a command takes `path` or `run`, leaving it out means the notebook or run that is in front.
 */
export const Commands = {
  /** {path?, machine?, params?, from?}: run the notebook as it is open; `from` is the index of the first cell. */
  runNotebook: 'jupyter-mlx:run-notebook',
  /** {path?}: ask for a machine, then run there. */
  runOn: 'jupyter-mlx:run-notebook-on',
  /** {path?}: show what would travel; nothing is sent. */
  preflight: 'jupyter-mlx:show-preflight',
  /** {at?}: show the panel, at what has to be chosen: machine, environment, project or parameters. */
  showPanel: 'jupyter-mlx:show-panel',
  /** {}: read runs and machines from the server again. */
  refresh: 'jupyter-mlx:refresh',
  /** {run, cell?, tab?}: open the view of a run, at a cell or tab. */
  openRun: 'jupyter-mlx:open-run',
  /** {run?, path?}: stop a run. */
  stopRun: 'jupyter-mlx:stop-run',
  /** {run, machine?}: run the same content again. */
  rerun: 'jupyter-mlx:rerun-run',
  /** {run}: forget a run that is over, after a question. */
  deleteRun: 'jupyter-mlx:delete-run',
  /** {run}: write the executed notebook and the outputs into a folder here. */
  fetchRun: 'jupyter-mlx:fetch-run',
  /** {}: the launcher's card. */
  launch: 'jupyter-mlx:launch-panel',
  /** {search}: open the run that an address names. */
  followLink: 'jupyter-mlx:follow-run-link',
  /** {run}: copy a link that opens the run. */
  copyLink: 'jupyter-mlx:copy-run-link',
  /** {run, starred?}: star a run, or take the star away. */
  starRun: 'jupyter-mlx:star-run',
  /** {run, tags?}: change the tags of a run. */
  tagRun: 'jupyter-mlx:tag-run',
  /** {run, notes?}: change the notes of a run. */
  noteRun: 'jupyter-mlx:note-run',
  /** {run, cell?}: open the notebook of a run, at one of its cells. */
  openNotebook: 'jupyter-mlx:open-notebook',
  /** {path?, run?}: fill the open notebook with what a run puts out; its latest run where none is named. */
  watchRun: 'jupyter-mlx:watch-run',
  /** {path?}: fill the open notebook no more. */
  unwatchRun: 'jupyter-mlx:unwatch-run',
  /** {path?}: be the window that fills the notebook, where another one is. */
  takeFilling: 'jupyter-mlx:take-over-filling',
  /** {path?}: put back the outputs the notebook had before a run filled it. */
  restoreOutputs: 'jupyter-mlx:restore-outputs',
  /** {path?}: take all marks of runs off the notebook. */
  clearMarks: 'jupyter-mlx:clear-marks',
  /** {path?, cell}: show how a cell differs from what ran, with the output the run has. */
  showDifference: 'jupyter-mlx:show-difference',
  /** {}: add a machine by hand. */
  addMachine: 'jupyter-mlx:add-machine',
  /** {machine}: test a machine line by line. */
  testMachine: 'jupyter-mlx:test-machine',
  /** {machine}: change a machine of the own list. */
  editMachine: 'jupyter-mlx:edit-machine',
  /** {machine}: take a machine off the own list, after a question. */
  removeMachine: 'jupyter-mlx:remove-machine',
  /** {machine}: clear what runs left behind there, after showing what would go. */
  cleanMachine: 'jupyter-mlx:clean-machine'
} as const;

/**
 * Where all of them stand in the palette.
 */
export const CATEGORY = 'Remote runs';

export { STAR } from '../models/states';
