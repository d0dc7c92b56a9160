import * as React from 'react';

import { elapsed, isFinal, moment } from '../models/states';
import { Commands } from '../ui/commands';
import { bytes, duration, money } from '../ui/format';
import { useClock } from '../ui/hooks';
import { slowest } from './cellTimes';
import { Pairs, Section } from './section';
import type { IRunFacts, ShownRun } from './shownRun';
import { cellName, dateTime, took } from './words';

/**
 * Times, slowest cells, memory, cost: what happened so far.
 */
export function Course({ run }: { run: ShownRun }): React.JSX.Element | null {
  const { facts, model } = run;
  const now = useClock(
    facts !== null && facts.started !== null && !isFinal(facts.state)
  );
  if (!facts) {
    return null;
  }
  const { trans } = run.context;
  const seconds = elapsed(facts, now);
  const outputs = model.cells.reduce(
    (sum, cell) => sum + cell.outputs.list.length,
    0
  );
  return (
    <Section
      title={
        isFinal(facts.state) ? trans.__('What happened') : trans.__('So far')
      }
    >
      <Pairs
        rows={[
          [trans.__('Started'), when(facts.started)],
          [trans.__('Ended'), when(facts.ended)],
          [trans.__('Took'), seconds === null ? '' : duration(seconds)],
          [trans.__('Cost'), cost(facts, seconds)],
          [trans.__('Cells'), cells(run)],
          [trans.__('Slowest'), slow(run)],
          [
            trans.__('Peak memory'),
            facts.peak_memory === null ? '' : bytes(facts.peak_memory)
          ],
          [trans.__('Outputs'), outputs.toLocaleString()],
          [trans.__('Files'), files(run)],
          [trans.__('Created'), when(facts.created)],
          [trans.__('Again from'), earlier(run)],
          [trans.__('Project'), facts.project],
          [trans.__('Id'), <code key="id">{run.id}</code>]
        ]}
      />
    </Section>
  );
}

function when(iso: string | null): string {
  const ms = moment(iso);
  return ms === null ? '' : dateTime(ms);
}

function cost(facts: IRunFacts, seconds: number | null): string {
  return facts.price && seconds !== null
    ? money((facts.price * seconds) / 3600, facts.currency)
    : '';
}

function cells({ model, context: { trans } }: ShownRun): string {
  const done = model.cells.filter(({ state }) => state === 'succeeded').length;
  return model.cells.length
    ? trans.__('%1 of %2 succeeded', done, model.cells.length)
    : '';
}

function slow(run: ShownRun): React.ReactNode {
  const found = slowest(run.model.cells, 3);
  return found.length === 0
    ? null
    : found.map(({ index, duration_s }) => (
        <button
          key={index}
          type="button"
          className="jp-MlxLink"
          onClick={() => {
            run.reveal(index);
          }}
        >
          {cellName(index, run.context.trans)} {took(duration_s ?? 0)}
        </button>
      ));
}

function files(run: ShownRun): React.ReactNode {
  const { outputs } = run.model.detail ?? { outputs: [] };
  const size = outputs.reduce((sum, file) => sum + file.size, 0);
  const { trans } = run.context;
  return outputs.length === 0 ? null : (
    <button
      type="button"
      className="jp-MlxLink"
      onClick={() => {
        run.tab = 'files';
      }}
    >
      {trans._n('%1 file', '%1 files', outputs.length)}, {bytes(size)}
    </button>
  );
}

function earlier(run: ShownRun): React.ReactNode {
  const { commands, remote } = run.context;
  const id = run.facts?.rerun_of ?? null;
  const known = id === null ? null : remote.runs.get(id);
  return id === null ? null : (
    <button
      type="button"
      className="jp-MlxLink"
      onClick={() => void commands.execute(Commands.openRun, { run: id })}
    >
      {known ? `#${known.number}` : id}
    </button>
  );
}
