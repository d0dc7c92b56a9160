import type { IMachineView } from '../api/types';
import { moment } from './states';

/**
 * Whether a machine answered when it was last spoken to.
 */
export type Reach = 'reachable' | 'unreachable' | 'unknown';

/**
 * What is known of a machine beside its name; null where nobody asked it yet.
 */
export interface IMachineFacts {
  /**
   * Names of its GPUs.
   */
  gpus: string[];

  /**
   * How many of them nobody used when it was asked; null where that is not known.
   */
  freeGpus: number | null;

  /**
   * How busy its processors were, as `uptime` has it.
   */
  load: number | null;
  processors: number | null;

  /**
   * Environments that are there, by name.
   */
  environments: string[];
}

type Fields = Record<string, unknown>;

const BUSY = 10; // percent of a GPU, and of its memory

/**
 * Whether a machine can be reached, as far as is known.
 */
export function reach({ machine, status }: IMachineView): Reach {
  if (machine.transport === 'local') {
    return 'reachable';
  }
  if (status.unreachable_since !== null) {
    return 'unreachable';
  }
  return moment(status.last_contact) === null ? 'unknown' : 'reachable';
}

/**
 * The facts of a machine, judged: they come from it.
 */
export function machineFacts({ status }: IMachineView): IMachineFacts {
  const facts: Fields = { ...status.facts, ...object(status.facts['probe']) };
  const gpus = array(facts['gpus']).map(object);
  const free = gpus.map(isFree);
  return {
    gpus: gpus.map(gpu => text(gpu['name'])).filter(name => name !== ''),
    freeGpus: free.includes(null) ? null : free.filter(Boolean).length,
    load: number(facts['load']),
    processors: number(facts['cpu_count']),
    environments: names(facts['environments'])
  };
}

function isFree(gpu: Fields): boolean | null {
  const [util, used, total] = ['util', 'memory_used', 'memory_total'].map(key =>
    number(gpu[key])
  );
  if (typeof util !== 'number') {
    return null;
  }
  const share = used && total ? (100 * used) / total : 0;
  return util < BUSY && share < BUSY;
}

function names(value: unknown): string[] {
  const found = Array.isArray(value) ? value : Object.keys(object(value));
  return found.map(text).filter(name => name !== '');
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function array(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function object(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {};
}
