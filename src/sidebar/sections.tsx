import * as React from 'react';

import { PreflightWatch } from '../models/preflight';
import type { IViewContext } from '../ui/context';
import { Active } from './active/active';
import { History } from './history/history';
import { Launch } from './launch/launch';
import { MachinesSection } from './machines/section';
import type { PanelState } from './state';

/**
 * The names of the sections, from top to bottom.
 */
export type SectionName = 'launch' | 'active' | 'history' | 'machines';

/**
 * Says how many things a section holds; `hasMore` where the server knows more.
 */
export type SetCount = (
  section: SectionName,
  count: number,
  hasMore?: boolean
) => void;

/**
 * The views of all sections; this module is loaded when the panel is seen first.
 */
export function makeViews(
  context: IViewContext,
  state: PanelState,
  setCount: SetCount
): Record<SectionName, React.ComponentType> {
  const preflight = new PreflightWatch(
    context.remote,
    context.notebooks,
    context.targets
  );
  const setActive = (count: number): void => {
    setCount('active', count);
  };
  const setHistory = (count: number, hasMore: boolean): void => {
    setCount('history', count, hasMore);
  };
  return {
    launch: () => <Launch context={context} preflight={preflight} />,
    active: () => <Active {...{ context, state, setCount: setActive }} />,
    history: () => <History {...{ context, state, setCount: setHistory }} />,
    machines: () => <MachinesSection context={context} />
  };
}
