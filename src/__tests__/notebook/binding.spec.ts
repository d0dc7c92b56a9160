import { type ICodeCellModel, isCodeCellModel } from '@jupyterlab/cells';
import type * as nbformat from '@jupyterlab/nbformat';
import { NotebookModel } from '@jupyterlab/notebook';

import { Binding, type IBindingOptions } from '../../notebook/binding';
import { FakeRun, frames } from './fakeRun';

const SOURCES = ['print(1)', 'plot()', 'wait()'];

function notebook(sources = SOURCES): NotebookModel {
  const model = new NotebookModel();
  model.fromJSON({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {},
    cells: sources.map((source, at) => ({
      cell_type: 'code',
      id: `c${at}`,
      source,
      metadata: { trusted: true },
      execution_count: null,
      outputs: at === 0 ? [stream('old\n')] : []
    }))
  });
  return model;
}

function stream(text: string): nbformat.IStream {
  return { output_type: 'stream', name: 'stdout', text };
}

function bind(
  model: NotebookModel,
  run: FakeRun,
  options: Partial<IBindingOptions> = {}
): Binding {
  return new Binding(model, run.model, {
    mayWrite: () => true,
    recordsTimes: () => false,
    end: () => null,
    remembered: null,
    ...options
  });
}

function code(model: NotebookModel, at: number): ICodeCellModel {
  const cell = model.cells.get(at);
  if (!isCodeCellModel(cell)) {
    throw new Error(`cell ${at} is no code`);
  }
  return cell;
}

/**
 * What is shown, which has to be what would be saved.
 */
function outputs(model: NotebookModel, at: number): nbformat.IOutput[] {
  const shown = code(model, at).outputs.toJSON();
  expect(code(model, at).sharedModel.toJSON().outputs).toEqual(shown);
  return shown;
}

function sources(texts = SOURCES) {
  return texts.map((source, index) => ({ index, id: `c${index}`, source }));
}

describe('a bound notebook', () => {
  let model: NotebookModel;
  let run: FakeRun;

  beforeAll(() => {
    jest.spyOn(console, 'warn').mockReturnValue(); // Yjs, of how the lab's own model reads a file
  });

  beforeEach(() => {
    model = notebook();
    run = new FakeRun(sources());
  });

  it('shows what a cell puts out, in place of what it held', async () => {
    const binding = bind(model, run);
    run.tell([run.cell(0, 'running')]);
    await frames();
    expect(outputs(model, 0)).toEqual([]);
    expect(code(model, 0).executionState).toBe('running');
    run.tell([run.text(0, 'a\n')]);
    await frames();
    run.tell([
      run.text(0, 'b\n'),
      run.cell(0, 'succeeded', { execution_count: 3 })
    ]);
    await frames();
    expect(outputs(model, 0)).toEqual([stream('a\nb\n')]);
    expect(code(model, 0).executionCount).toBe(3);
    expect(code(model, 0).executionState).toBe('idle');
    binding.dispose();
  });

  it('leaves cells alone that have not run', async () => {
    bind(model, run);
    run.tell([run.cell(1, 'running')]);
    await frames();
    expect(outputs(model, 0)).toEqual([stream('old\n')]);
  });

  it('writes no state of the past while it catches up', async () => {
    code(model, 0).outputs.fromJSON([stream('1\n2\n3\n')]);
    bind(model, run);
    run.tell([run.cell(0, 'running'), run.text(0, '1\n')], { end: 2 });
    await frames();
    expect(outputs(model, 0)).toEqual([stream('1\n2\n3\n')]);
    run.tell([run.text(0, '2\n3\n4\n')]);
    await frames();
    expect(outputs(model, 0)).toEqual([stream('1\n2\n3\n4\n')]);
  });

  it('makes no output anew that is there already', async () => {
    bind(model, run);
    run.tell([run.cell(0, 'running'), run.text(0, 'a')]);
    await frames();
    const before = code(model, 0).outputs.get(0);
    run.tell([run.text(0, 'b')]);
    await frames();
    expect(code(model, 0).outputs.get(0)).toBe(before);
  });

  it('trusts nothing that came', async () => {
    code(model, 1).trusted = true;
    bind(model, run);
    const data = { 'text/html': '<script></script>' };
    run.tell([
      run.cell(1, 'running'),
      {
        type: 'output',
        cell: 1,
        output: { output_type: 'display_data', data, metadata: {} }
      }
    ]);
    await frames();
    expect(code(model, 1).trusted).toBe(false);
    expect(code(model, 1).outputs.get(0).trusted).toBe(false);
    expect(code(model, 1).getMetadata('trusted')).toBe(false);
  });

  it('keeps its hands off edited cells until they are again what ran', async () => {
    const binding = bind(model, run);
    await frames();
    code(model, 0).sharedModel.setSource('print(2)');
    run.tell([run.cell(0, 'running'), run.text(0, 'a\n')]);
    await frames();
    expect(outputs(model, 0)).toEqual([stream('old\n')]);
    expect(binding.cell('c0')).toMatchObject({
      isEdited: true,
      isBehind: true
    });
    code(model, 0).sharedModel.setSource(SOURCES[0] ?? '');
    await frames();
    expect(outputs(model, 0)).toEqual([stream('a\n')]);
    expect(binding.cell('c0')).toMatchObject({
      isEdited: false,
      isBehind: false
    });
  });

  it('gives a cell back that is run or cleared here', async () => {
    const binding = bind(model, run);
    run.tell([run.cell(0, 'running'), run.text(0, 'a\n')]);
    run.tell([run.cell(1, 'running'), run.text(1, 'b\n')]);
    await frames();
    code(model, 0).outputs.clear();
    code(model, 1).executionState = 'idle';
    code(model, 1).executionState = 'running';
    run.tell([run.text(0, 'more\n'), run.text(1, 'more\n')]);
    await frames();
    expect(outputs(model, 0)).toEqual([]);
    expect(outputs(model, 1)).toEqual([stream('b\n')]);
    expect(binding.taken).toEqual(['c0', 'c1']);
  });

  it('stays bound to a cell that moves or comes back', async () => {
    bind(model, run);
    run.tell([run.cell(0, 'running'), run.text(0, 'a\n')]);
    await frames();
    model.sharedModel.moveCell(0, 2);
    run.tell([run.text(0, 'b\n')]);
    await frames();
    expect(code(model, 2).id).toBe('c0');
    expect(outputs(model, 2)).toEqual([stream('a\nb\n')]);
    model.sharedModel.clearUndoHistory(); // what comes soon after is undone together
    model.sharedModel.deleteCell(2);
    run.tell([run.text(0, 'c\n')]);
    await frames();
    model.sharedModel.undo();
    await frames();
    expect(outputs(model, 2)).toEqual([stream('a\nb\nc\n')]);
  });

  it('is no part of what can be undone', async () => {
    bind(model, run);
    model.sharedModel.clearUndoHistory();
    run.tell([
      run.cell(0, 'running'),
      run.text(0, 'a\n'),
      run.cell(0, 'failed', { execution_count: 1 })
    ]);
    await frames();
    expect(outputs(model, 0)).toEqual([stream('a\n')]);
    expect(model.sharedModel.canUndo()).toBe(false);
    expect(code(model, 0).sharedModel.canUndo()).toBe(false);
  });

  it('puts back what was there, but not over what is no more of the run', async () => {
    const binding = bind(model, run);
    run.tell([run.cell(0, 'running'), run.text(0, 'a\n')]);
    run.tell([run.cell(1, 'running'), run.text(1, 'b\n')]);
    await frames();
    code(model, 1).outputs.clear();
    code(model, 1).outputs.add(stream('mine\n'));
    expect(binding.restore()).toBe(2); // the first, and the third that was never touched
    expect(outputs(model, 0)).toEqual([stream('old\n')]);
    expect(outputs(model, 1)).toEqual([stream('mine\n')]);
  });

  it('remembers what an earlier page knew', async () => {
    const earlier = {
      outputs: [stream('older\n')],
      count: 9,
      execution: null,
      isTrusted: false
    };
    const binding = bind(model, run, {
      remembered: { taken: ['c1'], earlier: [['c0', earlier]] }
    });
    run.tell([run.cell(0, 'running'), run.text(0, 'a\n')]);
    run.tell([run.cell(1, 'running'), run.text(1, 'b\n')]);
    await frames();
    expect(outputs(model, 1)).toEqual([]);
    expect(binding.restore()).toBe(1);
    expect(outputs(model, 0)).toEqual([stream('older\n')]);
    expect(code(model, 0).executionCount).toBe(9);
  });

  it('writes nothing while another tab is the writer, and all of it after', async () => {
    let isWriter = false;
    const binding = bind(model, run, { mayWrite: () => isWriter });
    run.tell([run.cell(0, 'running'), run.text(0, 'a\n')]);
    await frames();
    expect(outputs(model, 0)).toEqual([stream('old\n')]);
    isWriter = true;
    binding.refresh();
    await frames();
    expect(outputs(model, 0)).toEqual([stream('a\n')]);
  });

  it('is complete once the run is over and all is written', async () => {
    const binding = bind(model, run);
    run.tell([run.cell(0, 'running'), run.text(0, 'a\n')]);
    await frames();
    expect(binding.isComplete).toBe(false);
    run.tell([run.cell(0, 'succeeded')], { over: true });
    await frames();
    expect(binding.isComplete).toBe(true);
  });

  it('writes times where the lab does', async () => {
    const timing = { 'iopub.status.busy': '2026-01-01T00:00:00Z' };
    bind(model, run, { recordsTimes: () => true });
    run.tell([
      run.cell(0, 'running'),
      run.cell(0, 'succeeded', { timing: { ...timing, 'x.y': '<b>' } })
    ]);
    await frames();
    expect(code(model, 0).getMetadata('execution')).toEqual(timing);
  });

  it('shows large outputs once they came', async () => {
    const sha = 'a'.repeat(64);
    run = new FakeRun(sources(), { [sha]: '<p>large</p>' });
    bind(model, run);
    const data = {
      'text/html': { $media: sha, size: 300_000, encoding: 'text' }
    };
    const output = {
      output_type: 'display_data',
      data,
      metadata: {},
      display_id: 'd'
    };
    run.tell([run.cell(1, 'running'), { type: 'output', cell: 1, output }]);
    await frames(8);
    expect(outputs(model, 1)).toEqual([
      {
        output_type: 'display_data',
        data: { 'text/html': '<p>large</p>' },
        metadata: {}
      }
    ]);
  });

  it('updates displays in place', async () => {
    bind(model, run);
    const show = (text: string) => ({
      output_type: 'display_data',
      data: { 'text/plain': text },
      metadata: {},
      display_id: text
    });
    run.tell([
      run.cell(0, 'running'),
      { type: 'output', cell: 0, output: show('a') },
      { type: 'output', cell: 0, output: show('b') }
    ]);
    await frames();
    const kept = code(model, 0).outputs.get(1);
    const data = { 'text/plain': 'c' };
    run.tell([{ type: 'update_display', display_id: 'a', data, metadata: {} }]);
    await frames();
    expect(outputs(model, 0).map(one => one['data'])).toEqual([
      { 'text/plain': 'c' },
      { 'text/plain': 'b' }
    ]);
    expect(code(model, 0).outputs.get(1)).toBe(kept);
  });

  it('leaves the notebook alone when it ends', async () => {
    const binding = bind(model, run);
    run.tell([run.cell(0, 'running'), run.text(0, 'a\n')]);
    await frames();
    binding.dispose();
    expect(code(model, 0).executionState).toBe('idle');
    run.tell([run.text(0, 'b\n')]);
    await frames();
    expect(outputs(model, 0)).toEqual([stream('a\n')]);
  });
});
