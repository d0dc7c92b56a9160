import * as React from 'react';
import { useContext, useEffect, useState } from 'react';

import type { IOpenNotebook } from '../../models/document';
import { isRunOf } from '../../models/history';
import type { PreflightWatch } from '../../models/preflight';
import { ApiError } from '../../models/remote';
import { isFinal } from '../../models/states';
import { chooseFor, type ITarget } from '../../models/target';
import { Awake, useLive } from '../../ui/awake';
import { Commands } from '../../ui/commands';
import type { IViewContext } from '../../ui/context';
import { fire } from '../../ui/fire';
import { Notice } from '../../ui/notice';
import { stateWord } from '../../ui/states';
import { FirstRun } from '../machines/firstRun';
import { EnvironmentRow } from './environment';
import { fieldOf } from './field';
import { MachineRow } from './machine';
import { Parameters } from './parameters';
import { RunButton } from './runButton';
import { TravelsLine, TravelsRemarks } from './travels';
import { type IRow, NotebookRow, ProjectRow } from './where';

/**
 * Run the notebook in front: where, with what, and what would travel.
 */
export function Launch({
  context,
  preflight
}: {
  context: IViewContext;
  preflight: PreflightWatch;
}): React.JSX.Element | null {
  const { remote, notebooks, targets, trans } = context;
  useLive(notebooks.currentChanged);
  useLive(notebooks.edited);
  useLive(targets.changed);
  useLive(remote.machines.changed);
  useLive(remote.troubleChanged);
  const isReady = useResolved(targets.ready);
  const notebook = notebooks.current;
  const target = targets.of(notebook?.path ?? '', notebook?.metadata ?? null);
  if (remote.trouble) {
    return <Missing context={context} trouble={remote.trouble} />;
  }
  if (!isReady || (!remote.machines.isReady && !remote.machines.error)) {
    return <Notice title="" text={trans.__('Looking around…')} />;
  }
  if (target.machine === null) {
    const chosen = (machine: string): void => {
      if (notebook) {
        chooseFor(targets, notebook, { machine });
      } else {
        targets.choose('', { machine });
      }
    };
    return <FirstRun context={context} onChosen={chosen} />;
  }
  return notebook ? (
    <Form
      key={notebook.path}
      context={context}
      preflight={preflight}
      notebook={notebook}
      target={target}
      machine={target.machine}
    />
  ) : (
    <NothingOpen context={context} />
  );
}

function Form({
  context,
  preflight,
  notebook,
  target,
  machine
}: {
  context: IViewContext;
  preflight: PreflightWatch;
  notebook: IOpenNotebook;
  target: ITarget;
  machine: string;
}): React.JSX.Element {
  const isAwake = useContext(Awake);
  useLive(preflight.changed);
  useEffect(() => {
    preflight.isAwake = isAwake;
    return () => {
      preflight.isAwake = false;
    };
  }, [preflight, isAwake]);
  const { answer, error, isAsking } = preflight;
  const field = fieldOf(error);
  const row = (own: string): IRow => ({
    context,
    notebook,
    target,
    answer,
    wrong: field === own ? error : null,
    choose: choice => {
      chooseFor(context.targets, notebook, choice);
    }
  });
  const isShown =
    field !== null && /^(machine|project|environment|params\.)/.test(field);
  return (
    <div className="jp-MlxLaunch">
      <NotebookRow context={context} notebook={notebook} />
      <ProjectRow {...row('project')} />
      <MachineRow {...row('machine')} />
      <EnvironmentRow {...row('environment')} />
      <Parameters
        {...row('params')}
        wrong={field?.startsWith('params.') ? error : null}
      />
      <TravelsRemarks
        context={context}
        path={notebook.path}
        answer={answer}
        error={isShown ? null : error}
        again={() => {
          preflight.refresh();
        }}
      />
      <Already context={context} path={notebook.path} />
      <div className="jp-MlxLaunch-foot">
        <TravelsLine
          context={context}
          path={notebook.path}
          answer={answer}
          isAsking={isAsking}
        />
        <RunButton context={context} notebook={notebook} machine={machine} />
      </div>
    </div>
  );
}

/**
 * A run of this notebook that is still going: another one would go beside it.
 */
function Already({
  context,
  path
}: {
  context: IViewContext;
  path: string;
}): React.JSX.Element | null {
  const { remote, trans } = context;
  useLive(remote.runs.changed);
  const run = remote.runs.all.find(
    one => !isFinal(one.state) && isRunOf(one, path)
  );
  return run ? (
    <div className="jp-MlxSetting-detail">
      {trans.__('A run of this notebook is %1:', stateWord(run.state, trans))}{' '}
      <button
        type="button"
        className="jp-MlxLink"
        onClick={() => void fire(context, Commands.openRun, { run: run.id })}
      >
        {trans.__('#%1 on %2', run.number, run.machine)}
      </button>
    </div>
  ) : null;
}

function NothingOpen({
  context
}: {
  context: IViewContext;
}): React.JSX.Element {
  const { commands, trans } = context;
  const make = 'notebook:create-new';
  return (
    <Notice
      title={trans.__('No notebook is open')}
      text={trans.__('Open one, and it can run from here.')}
      actions={
        commands.hasCommand(make)
          ? [
              {
                label: trans.__('New notebook'),
                run: () => void fire(context, make)
              }
            ]
          : []
      }
    />
  );
}

function Missing({
  context: { remote, trans },
  trouble
}: {
  context: IViewContext;
  trouble: Error;
}): React.JSX.Element {
  const isOff = trouble instanceof ApiError && trouble.status === 404;
  return (
    <Notice
      kind="error"
      title={
        isOff
          ? trans.__('The server half of jupyter_mlx is off')
          : trans.__('The server half of jupyter_mlx does not answer')
      }
      text={
        isOff
          ? trans.__(
              'Run this where the Jupyter server runs, and restart the server: jupyter server extension enable jupyter_mlx'
            )
          : trouble.message
      }
      hint={isOff ? null : trans.__('The log of the Jupyter server says more.')}
      actions={[
        {
          label: trans.__('Try again'),
          run: () => {
            remote.connect().catch(() => undefined); // told by `trouble`
          }
        }
      ]}
    />
  );
}

function useResolved(promise: Promise<void>): boolean {
  const [isResolved, setResolved] = useState(false);
  useEffect(() => {
    let isHere = true;
    void promise.then(() => {
      if (isHere) {
        setResolved(true);
      }
    });
    return () => {
      isHere = false;
    };
  }, [promise]);
  return isResolved;
}
