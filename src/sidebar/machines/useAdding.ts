import { type RefObject, useRef, useState } from 'react';

import { freeName, parseAddress } from '../../models/address';
import { ApiError } from '../../models/remote';
import type { IViewContext } from '../../ui/context';

/**
 * An address as it is typed, and what became of it.
 */
export interface IAdding {
  typed: string;
  type: (text: string) => void;

  /**
   * Why it cannot be used; null while it can.
   */
  wrong: string | null;
  isBusy: boolean;
  input: RefObject<HTMLInputElement>;

  /**
   * Put it on the list, unless a machine of that address is there.
   */
  add: () => Promise<void>;
}

/**
 * @param onAdded The machine is on a list; its name.
 */
export function useAdding(
  { remote: { machines }, trans }: IViewContext,
  onAdded: (machine: string) => void
): IAdding {
  const [typed, setTyped] = useState('');
  const [wrong, setWrong] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const refuse = (why: string): void => {
    setWrong(why);
    setBusy(false);
    input.current?.focus();
  };
  const add = async (): Promise<void> => {
    const asked = parseAddress(typed);
    if (!asked) {
      refuse(trans.__('Type a host, as in user@host or user@host:2222.'));
      return;
    }
    const known = machines.all.find(
      ({ machine }) =>
        (machine.host ?? machine.name) === asked.host &&
        (asked.user ?? machine.user) === machine.user &&
        (asked.port ?? machine.port) === machine.port
    );
    if (known) {
      onAdded(known.machine.name);
      return;
    }
    const name = freeName(asked.name, one => machines.get(one) !== null);
    setBusy(true);
    try {
      await machines.add({ ...asked, name });
      onAdded(name);
    } catch (reason) {
      const hint = reason instanceof ApiError ? reason.hint : null;
      const why = reason instanceof Error ? reason.message : String(reason);
      refuse(hint === null ? why : `${why} → ${hint}`);
    }
  };
  const type = (text: string): void => {
    setTyped(text);
    setWrong(null);
  };
  return { typed, type, wrong, isBusy, input, add };
}
