import type { INewMachine } from '../api/types';

/**
 * A machine as people type it: `host`, `user@host`, `user@host:2222`, `[2001:db8::1]:22`, `ssh -p 2222 user@host`;
 * null where it is none of these. The server judges the parts.
 */
export function parseAddress(typed: string): INewMachine | null {
  let rest = typed
    .trim()
    .replace(/^ssh:\/\//, '')
    .replace(/\/$/, '');
  let port: string | undefined;
  if (/^ssh\s/.test(rest)) {
    const option = /\s-p\s*(\d+)(?=\s|$)/.exec(rest);
    port = option?.[1];
    rest = rest
      .replace(option?.[0] ?? '', '')
      .replace(/^ssh\s+/, '')
      .trim();
  }
  const found =
    /^(?:([^@\s]+)@)?(?:\[([^\]\s]+)\](?::(\d{1,5}))?|([^:@\s[\]]+)(?::(\d{1,5}))?|([0-9a-fA-F:.]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.%\w]*))$/.exec(
      rest
    );
  const host = found?.[2] ?? found?.[4] ?? found?.[6];
  if (!found || host === undefined || host.startsWith('-')) {
    return null;
  }
  port = found[3] ?? found[5] ?? port;
  return {
    name: nameFor(host),
    host,
    ...(found[1] === undefined ? {} : { user: found[1] }),
    ...(port === undefined ? {} : { port: Number(port) })
  };
}

/**
 * A name no machine has yet: the name itself, or with a number behind.
 */
export function freeName(
  name: string,
  taken: (name: string) => boolean
): string {
  let free = name;
  for (let count = 2; taken(free); count++) {
    free = `${name.slice(0, 60)}-${count}`;
  }
  return free;
}

function nameFor(host: string): string {
  const plain = host.replace(/[^A-Za-z0-9._-]/g, '-').replace(/^[._-]+/, '');
  return plain.slice(0, 64) || 'machine';
}
