import { Menu } from '@lumino/widgets';
import { CommandRegistry } from '@lumino/commands';
import * as React from 'react';

import { elapsed, isFinal, isStopping } from '../models/states';
import { Commands, STAR } from '../ui/commands';
import { duration, money } from '../ui/format';
import { useClock } from '../ui/hooks';
import { StateMark } from '../ui/stateMark';
import { stateWord } from '../ui/states';
import { CommandButton } from './commandButton';
import { asRegion, RunPart } from './part';
import { Seen } from './seen';
import type { IRunFacts, ShownRun } from './shownRun';
import { short } from './words';

/**
 * What the run is and how it is doing, and what can be done with it.
 */
export class HeaderPart extends RunPart {
  constructor(run: ShownRun) {
    super(run);
    this.addClass('jp-MlxRunHeader');
    asRegion(this.node, run.context.trans.__('Run'));
  }

  protected override render(): React.JSX.Element | null {
    const { facts } = this.run;
    return facts && <Header run={this.run} facts={facts} />;
  }
}

function Header({
  run,
  facts
}: {
  run: ShownRun;
  facts: IRunFacts;
}): React.JSX.Element {
  const { trans } = run.context;
  const word = isStopping(facts)
    ? trans.__('stopping')
    : stateWord(facts.state, trans);
  return (
    <>
      <div className="jp-MlxRunHeader-line">
        <span role="status" className="jp-MlxRunHeader-state">
          <StateMark state={facts.state} word={word} />
        </span>
        <h2 className="jp-MlxRunHeader-title">
          <span className="jp-MlxRunHeader-number">#{facts.number}</span>{' '}
          {facts.title || facts.notebook}
        </h2>
        <Elapsed facts={facts} />
        <Seen run={run} />
        <Actions run={run} facts={facts} />
      </div>
      <div className="jp-MlxRunHeader-line jp-MlxRunHeader-facts">
        <Facts run={run} facts={facts} />
        <Labels run={run} facts={facts} />
      </div>
    </>
  );
}

function Elapsed({ facts }: { facts: IRunFacts }): React.JSX.Element {
  const now = useClock(facts.started !== null && !isFinal(facts.state));
  const seconds = elapsed(facts, now);
  return (
    <span className="jp-MlxRunHeader-elapsed">
      {seconds === null ? '' : duration(Math.floor(seconds * 10) / 10)}
    </span>
  );
}

function Cost({ facts }: { facts: IRunFacts }): React.JSX.Element | null {
  const now = useClock(facts.started !== null && !isFinal(facts.state));
  const seconds = elapsed(facts, now);
  if (!facts.price || seconds === null) {
    return null;
  }
  return <span>{money((facts.price * seconds) / 3600, facts.currency)}</span>;
}

function Facts({
  run,
  facts
}: {
  run: ShownRun;
  facts: IRunFacts;
}): React.JSX.Element {
  const params = Object.entries(facts.params);
  const { trans } = run.context;
  return (
    <>
      <span title={trans.__('Machine')}>{facts.machine}</span>
      <span title={facts.project}>{facts.project.split('/').pop()}</span>
      {facts.title && <span>{facts.notebook}</span>}
      {params.slice(0, 4).map(([name, value]) => (
        <code key={name} title={`${name} = ${short(value, 400)}`}>
          {name}={short(value, 24)}
        </code>
      ))}
      {params.length > 4 && (
        <span>{trans.__('and %1 more', params.length - 4)}</span>
      )}
      <Cost facts={facts} />
    </>
  );
}

function Labels({
  run,
  facts
}: {
  run: ShownRun;
  facts: IRunFacts;
}): React.JSX.Element {
  const { commands, trans } = run.context;
  const isStarred = facts.tags.includes(STAR);
  const args = { run: run.id };
  return (
    <span className="jp-MlxRunHeader-labels">
      {facts.tags
        .filter(tag => tag !== STAR)
        .map(tag => (
          <span key={tag} className="jp-MlxTag">
            {tag}
          </span>
        ))}
      {facts.notes && (
        <span className="jp-MlxRunHeader-notes" title={facts.notes}>
          “{short(facts.notes, 80)}”
        </span>
      )}
      <CommandButton
        commands={commands}
        command={Commands.starRun}
        args={{ ...args, starred: !isStarred }}
        label={isStarred ? '★' : '☆'}
        title={
          isStarred ? trans.__('Take the star away') : trans.__('Star this run')
        }
        className="jp-MlxQuiet"
      />
      <CommandButton
        commands={commands}
        command={Commands.tagRun}
        args={args}
        label={trans.__('Tags…')}
        className="jp-MlxQuiet"
      />
      <CommandButton
        commands={commands}
        command={Commands.noteRun}
        args={args}
        label={trans.__('Note…')}
        className="jp-MlxQuiet"
      />
    </span>
  );
}

function Actions({
  run,
  facts
}: {
  run: ShownRun;
  facts: IRunFacts;
}): React.JSX.Element {
  const { commands, trans } = run.context;
  const args = { run: run.id };
  return (
    <span
      className="jp-MlxRunHeader-actions"
      role="group"
      aria-label={trans.__('Actions')}
    >
      {!isFinal(facts.state) && (
        <CommandButton
          commands={commands}
          command={Commands.stopRun}
          args={args}
          label={trans.__('Stop')}
          isDisabled={isStopping(facts)}
        />
      )}
      {isFinal(facts.state) && <Rerun run={run} machine={facts.machine} />}
      <CommandButton
        commands={commands}
        command={Commands.fetchRun}
        args={args}
        label={trans.__('Fetch…')}
        title={trans.__('Write the executed notebook and the outputs here')}
      />
      <CommandButton
        commands={commands}
        command={Commands.copyLink}
        args={args}
        label={trans.__('Copy link')}
      />
    </span>
  );
}

function Rerun({
  run,
  machine
}: {
  run: ShownRun;
  machine: string;
}): React.JSX.Element {
  const { commands, remote, trans } = run.context;
  const isThere = commands.hasCommand(Commands.rerun);
  const others = remote.machines.all
    .map(view => view.machine.name)
    .filter(name => name !== machine);
  return (
    <span className="jp-MlxSplitButton">
      <CommandButton
        commands={commands}
        command={Commands.rerun}
        args={{ run: run.id }}
        label={trans.__('Run again')}
        title={trans.__('Run the same content on %1 again', machine)}
      />
      {isThere && others.length > 0 && (
        <button
          type="button"
          className="jp-MlxButton"
          aria-haspopup="menu"
          aria-label={trans.__('Run again on another machine')}
          title={trans.__('Run again on another machine')}
          onClick={event => {
            openMachines(run, others, event.currentTarget);
          }}
        >
          ▾
        </button>
      )}
    </span>
  );
}

function openMachines(
  run: ShownRun,
  machines: string[],
  opener: HTMLElement
): void {
  const { commands, trans } = run.context;
  const own = new CommandRegistry();
  const menu = new Menu({ commands: own });
  menu.title.label = trans.__('Run again on another machine');
  machines.forEach((machine, at) => {
    own.addCommand(String(at), {
      label: machine,
      describedBy: { args: {} },
      execute: () => commands.execute(Commands.rerun, { run: run.id, machine })
    });
    menu.addItem({ command: String(at) });
  });
  menu.aboutToClose.connect(() => {
    opener.focus();
    // It still reads its items while it closes.
    requestAnimationFrame(() => {
      menu.dispose();
    });
  });
  const { left, bottom } = opener.getBoundingClientRect();
  menu.open(left, bottom);
}
