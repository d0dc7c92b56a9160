/**
 * One GPU when the machine was last asked; null for what the card does not tell.
 */
export interface IGpu {
  name: string;
  memoryTotal: number | null;
  memoryUsed: number | null;
  util: number | null;
}

/**
 * What a machine said it has; null for what is not known.
 */
export interface IFacts {
  hostname: string | null;
  python: string | null;
  cpus: number | null;
  load: number | null;
  memoryTotal: number | null;
  memoryUsed: number | null;
  diskFree: number | null;

  /**
   * Null where the machine was never asked, empty where it has none.
   */
  gpus: IGpu[] | null;

  /**
   * Versions of the interpreters environments can be built from.
   */
  pythons: string[];

  /**
   * Environments for `existing:NAME`, with their Python's path.
   */
  environments: [name: string, path: string][];

  /**
   * When load, memory, disk and GPUs were asked for, in milliseconds.
   */
  measured: number | null;
}

const BUSY_SHARE = 0.1; // of a GPU's memory; drivers and desktops hold a little
const BUSY_UTIL = 10; // percent

/**
 * What a machine's status says of it; only what is of the right kind.
 */
export function readFacts(facts: Readonly<Record<string, unknown>>): IFacts {
  const measured = Date.parse(text(facts['measured']) ?? '');
  return {
    hostname: text(facts['hostname']),
    python: text(facts['python']),
    cpus: number(facts['cpu_count']),
    load: number(facts['load']),
    memoryTotal: number(facts['memory_total']),
    memoryUsed: number(facts['memory_used']),
    diskFree: number(facts['disk_free']),
    gpus: Array.isArray(facts['gpus'])
      ? facts['gpus'].filter(isRecord).map(readGpu)
      : null,
    pythons: Array.isArray(facts['pythons'])
      ? facts['pythons'].filter(one => typeof one === 'string')
      : [],
    environments: Object.entries(
      isRecord(facts['environments']) ? facts['environments'] : {}
    ).flatMap(([name, path]) =>
      typeof path === 'string' ? [[name, path] as [string, string]] : []
    ),
    measured: Number.isNaN(measured) ? null : measured
  };
}

/**
 * Whether nobody seems to use a GPU.
 */
export function isFree({ memoryTotal, memoryUsed, util }: IGpu): boolean {
  const share =
    memoryTotal && memoryUsed !== null ? memoryUsed / memoryTotal : 0;
  return share < BUSY_SHARE && (util ?? 0) < BUSY_UTIL;
}

function readGpu(gpu: Record<string, unknown>): IGpu {
  return {
    name: text(gpu['name']) ?? '',
    memoryTotal: number(gpu['memory_total']),
    memoryUsed: number(gpu['memory_used']),
    util: number(gpu['util'])
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
