import type { ICellSource } from '../api/types';

/**
 * A code cell of an open notebook.
 */
export interface IDocumentCell {
  id: string;
  source: string;
}

/**
 * For each cell of the document, by its id, the cell that ran; cells of neither side need have one.
 *
 * Cells are known by their ids, wherever they stand. Notebooks older than ids have new ones each time they are opened:
 * where not one is known, equal sources in the same order are the same cells.
 */
export function matchCells(
  ran: readonly ICellSource[],
  document: readonly IDocumentCell[]
): Map<string, ICellSource> {
  const byId = new Map(ran.map(cell => [cell.id, cell]));
  const found = new Map<string, ICellSource>();
  for (const { id } of document) {
    const cell = byId.get(id);
    if (cell) {
      found.set(id, cell);
    }
  }
  return found.size > 0 ? found : inOrder(ran, document);
}

function inOrder(
  ran: readonly ICellSource[],
  document: readonly IDocumentCell[]
): Map<string, ICellSource> {
  const found = new Map<string, ICellSource>();
  let next = 0;
  for (const { id, source } of document) {
    const at = ran.findIndex(
      (cell, index) => index >= next && cell.source === source
    );
    if (at >= 0) {
      found.set(id, ran[at] as ICellSource);
      next = at + 1;
    }
  }
  return found;
}
