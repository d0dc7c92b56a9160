import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import {
  IRunningSessionManagers,
  type IRunningSessions
} from '@jupyterlab/running';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { stopIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';

import type { IRunSummary } from '../api/types';
import { machineName, runName } from '../commands/known';
import { IRemote } from '../models/remote';
import type { Runs } from '../models/runs';
import { Commands } from '../ui/commands';
import { stateIcons } from '../ui/icons';
import { stateWord } from '../ui/states';

/**
 * Open runs among the kernels and terminals that run.
 */
export const running: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlx:running',
  description: 'Remote runs among what is running.',
  autoStart: true,
  requires: [IRemote],
  optional: [IRunningSessionManagers, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    remote: IRemote,
    managers: IRunningSessionManagers | null,
    translator: ITranslator | null
  ): void => {
    managers?.add(manager(remote, app.commands, translator ?? nullTranslator));
  }
};

/**
 * The section of the running panel. To shut down is to stop.
 */
export function manager(
  {
    runs
  }: {
    runs: Pick<Runs, 'active' | 'refresh'> & {
      changed: IRunningSessions.IManager['runningChanged'];
    };
  },
  commands: CommandRegistry,
  translator: ITranslator
): IRunningSessions.IManager {
  const trans = translator.load('jupyter_mlx');
  const detail = (run: IRunSummary): string => {
    const word = stateWord(run.state, trans);
    const cells = trans.__(
      'cell %1 of %2',
      Math.min(run.cells_done + 1, run.cells),
      run.cells
    );
    const parts = run.state === 'running' ? [word, cells] : [word];
    return [...parts, machineName(run.machine, trans)].join(' · ');
  };
  return {
    name: trans.__('Remote Runs'),
    running: () =>
      runs.active.map(run => ({
        className: 'jp-MlxRunning',
        context: run.id,
        icon: () => stateIcons[run.state] ?? stopIcon,
        label: () => runName(run),
        detail: () => detail(run),
        labelTitle: () => `${runName(run)} – ${detail(run)}`,
        open: () => {
          void commands.execute(Commands.openRun, { run: run.id });
        },
        shutdown: () => {
          void commands.execute(Commands.stopRun, { run: run.id });
        }
      })),
    shutdownAll: () => {
      for (const run of runs.active) {
        void commands.execute(Commands.stopRun, { run: run.id, ask: false });
      }
    },
    refreshRunning: () => {
      void runs.refresh();
    },
    runningChanged: runs.changed,
    shutdownLabel: trans.__('Stop'),
    shutdownItemIcon: stopIcon,
    shutdownAllLabel: trans.__('Stop All'),
    shutdownAllConfirmationText: trans.__(
      'Stop all remote runs? What they have put out so far is kept.'
    )
  };
}
