import { isCodeCellModel } from '@jupyterlab/cells';
import type { INotebookModel } from '@jupyterlab/notebook';

/**
 * In a document that several browsers hold, what another one filled in is not trusted here either: the one that writes
 * says so in the cell's metadata before the first output, which of itself changes nothing in the others.
 */
export function followTrust(notebook: INotebookModel): void {
  const guarded = new WeakSet();
  const guard = (): void => {
    for (const cell of notebook.cells) {
      if (isCodeCellModel(cell) && !guarded.has(cell)) {
        guarded.add(cell);
        cell.metadataChanged.connect((_, { key, newValue }) => {
          if (key === 'trusted' && newValue === false) {
            cell.trusted = false;
          }
        });
      }
    }
  };
  notebook.cells.changed.connect(guard);
  guard();
}
