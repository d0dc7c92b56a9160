import type { TranslationBundle } from '@jupyterlab/translation';

import type { IMachine, IMachineView } from '../../api/types';
import { isFree, readFacts } from '../../models/machineFacts';
import type { IMachineTest } from '../../models/machines';
import { ago, bytes, money } from '../../ui/format';

const DAY = 86_400_000;

/**
 * The word people read for a step of a machine's test.
 */
export function checkWord(id: string, trans: TranslationBundle): string {
  const words: Record<string, string> = {
    machine: trans.__('Machine'),
    settings: trans.__('Settings'),
    resolve: trans.__('Address'),
    port: trans.__('Port'),
    host_key: trans.__('Host key'),
    login: trans.__('Login'),
    contact: trans.__('Runner'),
    answer: trans.__('Round trip'),
    clock: trans.__('Clock'),
    probe: trans.__('What it has'),
    system: trans.__('System'),
    root: trans.__('Disk'),
    temporary: trans.__('Temporary files'),
    python: trans.__('Python'),
    uv: trans.__('Installer'),
    index: trans.__('Package index'),
    memory: trans.__('Memory'),
    processors: trans.__('Processors'),
    gpus: trans.__('GPUs'),
    limits: trans.__('Limits'),
    logout: trans.__('After logout'),
    scratch: trans.__('Other disks'),
    environments: trans.__('Environments'),
    conda: trans.__('Conda'),
    containers: trans.__('Containers'),
    slurm: trans.__('Slurm'),
    proxy: trans.__('Proxy'),
    boot: trans.__('Up since')
  };
  return words[id] ?? id;
}

/**
 * How a machine stands: a mark and its words.
 */
export function machineState(
  { machine, status }: IMachineView,
  test: IMachineTest | null,
  trans: TranslationBundle
): { mark: string; word: string } {
  if (test?.isRunning) {
    return { mark: 'running', word: trans.__('testing…') };
  }
  if (status.unreachable_since !== null) {
    const since = hour(Date.parse(status.unreachable_since));
    return { mark: 'failed', word: trans.__('unreachable since %1', since) };
  }
  if (machine.transport === 'local') {
    return { mark: 'succeeded', word: trans.__('always here') };
  }
  if (status.last_contact === null) {
    return { mark: 'waiting', word: trans.__('not tried') };
  }
  const when = ago(Date.parse(status.last_contact), trans);
  return { mark: 'succeeded', word: trans.__('reachable, %1', when) };
}

/**
 * What matters of a machine when one is chosen, in few words each.
 */
export function summary(
  { machine, status }: IMachineView,
  openRuns: number,
  trans: TranslationBundle
): string[] {
  const facts = readFacts(status.facts);
  const parts: string[] = [];
  if (facts.gpus && facts.gpus.length > 0) {
    const free = facts.gpus.filter(isFree).length;
    parts.push(trans.__('%1 of %2 GPUs free', free, facts.gpus.length));
  }
  if (facts.load !== null) {
    const load = facts.load.toFixed(1);
    parts.push(
      facts.cpus === null
        ? trans.__('load %1', load)
        : trans.__('load %1 of %2', load, facts.cpus)
    );
  }
  if (facts.diskFree !== null) {
    parts.push(trans.__('%1 free', bytes(facts.diskFree)));
  }
  if (machine.price !== null) {
    parts.push(trans.__('%1/h', money(machine.price, machine.currency)));
  }
  if (openRuns > 0) {
    parts.push(trans._n('%1 open run', '%1 open runs', openRuns));
  }
  return parts;
}

/**
 * What a machine is called in the page.
 */
export function title(machine: IMachine, trans: TranslationBundle): string {
  return machine.transport === 'local'
    ? trans.__('This computer')
    : machine.name;
}

/**
 * Which list a machine is on.
 */
export function origin(machine: IMachine, trans: TranslationBundle): string {
  if (machine.transport === 'local') {
    return trans.__('the computer Jupyter runs on');
  }
  return machine.source === 'ssh_config'
    ? trans.__('from ~/.ssh/config')
    : address(machine);
}

/**
 * Where a machine is, as one would type it.
 */
export function address({ name, host, user, port }: IMachine): string {
  const place = `${user === null ? '' : `${user}@`}${host ?? name}`;
  return port === null ? place : `${place}:${port}`;
}

/**
 * The line that shows in a terminal why a login fails.
 */
export function sshLine(machine: IMachine): string {
  const port = machine.port === null ? '' : `-p ${machine.port} `;
  const user = machine.user === null ? '' : `${machine.user}@`;
  return `ssh -v ${port}${user}${machine.host ?? machine.name}`;
}

function hour(ms: number): string {
  const isToday = Date.now() - ms < DAY;
  return new Intl.DateTimeFormat(undefined, {
    ...(isToday ? {} : { day: 'numeric', month: 'short' }),
    hour: '2-digit',
    minute: '2-digit'
  }).format(ms);
}
