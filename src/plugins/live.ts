import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { addNotebookCommands } from '../commands/notebooks';
import { IFills } from '../models/fills';
import { Leases } from '../models/leases';
import { IRemote } from '../models/remote';
import { RunChip } from '../notebook/chip';
import { Fills } from '../notebook/fills';
import type { IMarksOptions } from '../notebook/marks';
import { Memory } from '../notebook/memory';

/**
 * The name of the chip in the notebook's toolbar.
 */
export const CHIP = 'mlx-run-chip';

const SETTINGS = 'jupyter-mlx:plugin';

/**
 * Open notebooks fill in with what their runs put out.
 */
export const live: JupyterFrontEndPlugin<IFills> = {
  id: 'jupyter-mlx:live',
  description: 'Fills open notebooks with what their runs put out.',
  autoStart: true,
  provides: IFills,
  requires: [IRemote, INotebookTracker],
  optional: [
    IStateDB,
    ISettingRegistry,
    IToolbarWidgetRegistry,
    ICommandPalette,
    ITranslator
  ],
  activate: (
    app: JupyterFrontEnd,
    remote: IRemote,
    tracker: INotebookTracker,
    state: IStateDB | null,
    settings: ISettingRegistry | null,
    toolbars: IToolbarWidgetRegistry | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): IFills => {
    const trans = (translator ?? nullTranslator).load('jupyter_mlx');
    const { commands, serviceManager } = app;
    const fills = new Fills({
      tracker,
      remote,
      contents: serviceManager.contents,
      leases: new Leases(remote.stream),
      memory: new Memory(state)
    });
    addNotebookCommands({ app, tracker, fills, remote, trans, palette });
    drawMarks(tracker, { fills, remote, commands, trans });
    toolbars?.addFactory<NotebookPanel>('Notebook', CHIP, ({ context }) => {
      const path = (): string => context.path;
      return new RunChip({ path, fills, remote, commands, trans });
    });
    if (settings) {
      void followSetting(fills, settings);
    }
    return fills;
  }
};

/**
 * Draw marks on all views of notebooks, from the first notebook on that shows a run.
 */
function drawMarks(tracker: INotebookTracker, options: IMarksOptions): void {
  const { fills } = options;
  const begin = async (): Promise<void> => {
    const { Marks } = await import('../notebook/marks');
    const marks = new WeakMap<NotebookPanel, InstanceType<typeof Marks>>(); // they end with their panel
    const mark = (panel: NotebookPanel): void => {
      marks.set(panel, new Marks(panel, options));
    };
    tracker.forEach(mark);
    tracker.widgetAdded.connect((_, panel) => {
      mark(panel);
    });
  };
  const onFill = (_: IFills, path: string): void => {
    if (fills.of(path)) {
      fills.changed.disconnect(onFill);
      void begin();
    }
  };
  fills.changed.connect(onFill);
}

/**
 * Whether notebooks are filled without being asked to; as by default where the settings cannot be read.
 */
async function followSetting(
  fills: Fills,
  registry: ISettingRegistry
): Promise<void> {
  const settings = await registry.load(SETTINGS).catch(() => null);
  const read = (): void => {
    fills.isAutomatic = settings?.get('fillNotebooks').composite !== false;
  };
  settings?.changed.connect(read);
  read();
}
