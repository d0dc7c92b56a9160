import type { IRunSummary } from '../api/types';

/**
 * A run that goes on, with what a test cares about.
 */
export function aRun(fields: Partial<IRunSummary> = {}): IRunSummary {
  return {
    id: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
    number: 7,
    project: '/home/me/work',
    project_id: 'p'.repeat(24),
    notebook: 'train.ipynb',
    path: 'train.ipynb',
    machine: 'box',
    title: '',
    experiment: null,
    tags: [],
    notes: '',
    state: 'running',
    reason: null,
    created: '2026-01-01T10:00:00Z',
    accepted: null,
    started: null,
    ended: null,
    cancel_requested: null,
    cancel_delivered: null,
    cells: 4,
    cells_done: 1,
    cell_running: 1,
    cell_failed: null,
    params: {},
    metrics: {},
    progress: {},
    outputs: 0,
    peak_memory: null,
    rerun_of: null,
    price: null,
    currency: 'EUR',
    cost: null,
    expected_s: null,
    ...fields
  };
}
