import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { ICheck, IMachine } from '../../api/types';
import type { IMachineTest } from '../../models/machines';
import type { Prompts } from '../../models/prompts';
import { useClock, useSignal } from '../../ui/hooks';
import { StateMark } from '../../ui/stateMark';
import { CopyButton } from './copy';
import { warningIcon } from './icons';
import { checkWord, sshLine, title } from './words';

const ON_THE_WAY = ['resolve', 'port', 'host_key', 'login', 'contact'];

/**
 * The test of a machine, line by line as the lines come; a failure has one cause and one remedy.
 */
export function Checks({
  machine,
  test,
  prompts,
  isBrief = false,
  trans
}: {
  machine: IMachine;
  test: IMachineTest;
  prompts: Prompts;

  /**
   * Whether lines of a test that went well are folded away, but for what is worth knowing.
   */
  isBrief?: boolean;
  trans: TranslationBundle;
}): React.JSX.Element {
  const isFolded = isBrief && test.isUsable === true;
  const worthKnowing = test.checks.filter(({ ok }) => ok === false);
  return (
    <div className="jp-MlxChecks">
      {isFolded && <div>{verdict(machine, test, trans)}</div>}
      <ol aria-label={trans.__('Test of %1', title(machine, trans))}>
        {(isFolded ? worthKnowing : test.checks).map((check, at) => (
          <Line key={at} check={check} machine={machine} trans={trans} />
        ))}
        {test.isRunning && (
          <Pending test={test} prompts={prompts} trans={trans} />
        )}
      </ol>
      {isFolded && (
        <details>
          <summary>
            {trans._n('%1 line', 'All %1 lines', test.checks.length)}
          </summary>
          <ol>
            {test.checks.map((check, at) => (
              <Line key={at} check={check} machine={machine} trans={trans} />
            ))}
          </ol>
        </details>
      )}
      {test.error && (
        <div className="jp-MlxChecks-cause" role="alert">
          {trans.__('The test broke off: %1', test.error.message)}
        </div>
      )}
      <div className="jp-MlxUnseen" aria-live="polite">
        {verdict(machine, test, trans)}
      </div>
    </div>
  );
}

/**
 * What a test says in one sentence.
 */
export function verdict(
  machine: IMachine,
  { checks, isRunning, isUsable, error }: IMachineTest,
  trans: TranslationBundle
): string {
  const name = title(machine, trans);
  if (isRunning) {
    return trans.__('Testing %1', name);
  }
  const stop = checks.find(check => check.ok === false && check.required);
  if (stop) {
    const step = checkWord(stop.id, trans);
    return trans.__('%1 cannot be used yet: %2', name, step);
  }
  if (error || isUsable === null) {
    return trans.__('The test of %1 was not finished', name);
  }
  const warnings = checks.filter(check => check.ok === false).length;
  return warnings > 0
    ? trans._n(
        '%2 can run notebooks, with %1 thing to know',
        '%2 can run notebooks, with %1 things to know',
        warnings,
        name
      )
    : trans.__('%1 can run notebooks', name);
}

function Line({
  check,
  machine,
  trans
}: {
  check: ICheck;
  machine: IMachine;
  trans: TranslationBundle;
}): React.JSX.Element {
  const { id, ok, value, problem, remedy, required } = check;
  const isStop = ok === false && required;
  return (
    <li data-check={id} data-ok={isStop ? 'stop' : String(ok)}>
      <Mark check={check} trans={trans} />
      <span className="jp-MlxChecks-step">{checkWord(id, trans)}</span>
      {value !== '' && <span className="jp-MlxChecks-value">{value}</span>}
      {problem !== '' && <div className="jp-MlxChecks-cause">{problem}</div>}
      {remedy !== '' && <div className="jp-MlxChecks-remedy">→ {remedy}</div>}
      {ok === false && (
        <div className="jp-MlxChecks-copy">
          {remedy !== '' && (
            <CopyButton
              text={remedy}
              label={trans.__('Copy remedy')}
              trans={trans}
            />
          )}
          {isStop && ON_THE_WAY.includes(id) && (
            <CopyButton
              text={sshLine(machine)}
              label={trans.__('Copy “ssh -v” line')}
              trans={trans}
            />
          )}
        </div>
      )}
    </li>
  );
}

function Mark({
  check: { ok, required },
  trans
}: {
  check: ICheck;
  trans: TranslationBundle;
}): React.JSX.Element {
  if (ok === false && !required) {
    return (
      <span className="jp-MlxState" data-state="warning">
        <warningIcon.react tag="span" className="jp-MlxState-icon" />
        <span className="jp-MlxUnseen">{trans.__('to know')}</span>
      </span>
    );
  }
  const [state, word] =
    ok === null
      ? ['waiting', trans.__('for information')]
      : ok
        ? ['succeeded', trans.__('fine')]
        : ['failed', trans.__('failed')];
  return <StateMark state={state} word={word} isWordHidden />;
}

/**
 * The step that goes on now, with the time it has.
 */
function Pending({
  test,
  prompts,
  trans
}: {
  test: IMachineTest;
  prompts: Prompts;
  trans: TranslationBundle;
}): React.JSX.Element {
  useSignal(prompts.changed);
  const now = useClock(true);
  const last = test.checks[test.checks.length - 1];
  const seconds = Math.max(0, Math.floor((now - test.since) / 1000));
  const step = checkWord(last?.then ?? 'machine', trans);
  return (
    <li data-ok="pending">
      <StateMark state="running" word={trans.__('goes on')} isWordHidden />
      <span className="jp-MlxChecks-step">{step}</span>
      <span className="jp-MlxChecks-value">
        {prompts.open.length > 0
          ? trans.__('waits for your answer')
          : last && last.limit_s > 0
            ? trans.__('%1 s of at most %2 s', seconds, last.limit_s)
            : trans.__('%1 s', seconds)}
      </span>
    </li>
  );
}
