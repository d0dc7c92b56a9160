import { Notification } from '@jupyterlab/apputils';

import type { IRunSummary } from '../api/types';
import type { IPreferences } from '../models/preferences';
import type { IRemote } from '../models/remote';
import type { IStart, IStarts } from '../models/starts';
import { isFinal } from '../models/states';
import { Commands } from '../ui/commands';
import type { IViewContext } from '../ui/context';
import { cut } from './failure';
import { type INews, news, sending } from './news';

type INoticeContext = Omit<IViewContext, 'targets'> & {
  remote: Pick<IRemote, 'runs'>;
  preferences: IPreferences;
  starts: IStarts;
};

/**
 * One notification for each run of this session, updated as the run goes.
 */
export class RunNotices {
  constructor(context: INoticeContext) {
    this._context = context;
    const { remote, starts } = context;
    starts.changed.connect(this._onStart, this);
    remote.runs.changed.connect(this._onRuns, this);
    remote.runs.ended.connect(this._onEnd, this);
  }

  /**
   * Asked for: said in sight only where the notebook's own button is not.
   */
  private _onStart(_: unknown, start: IStart): void {
    const { notebooks, remote, trans } = this._context;
    if (start.isPending) {
      const seen = notebooks.current?.path === start.path;
      this._say(start.id, sending(start, seen, trans));
    } else if (start.isRefused) {
      this._withdraw(start.id);
    } else {
      const run = remote.runs.get(start.id);
      if (run) {
        this._show(run, true);
      }
    }
  }

  private _onRuns(_: unknown, ids: string[] | null): void {
    const { runs } = this._context.remote;
    for (const id of ids ?? [...this._shown.keys()]) {
      const run = runs.get(id);
      if (run && !isFinal(run.state) && this._shown.has(id)) {
        this._show(run, false);
      } else if (!run && this._states.has(id)) {
        this._withdraw(id);
      }
    }
  }

  private _onEnd(_: unknown, run: IRunSummary): void {
    const start = this._context.starts.get(run.id);
    // While the answer is out, whoever asked says what went wrong.
    if (!start?.isPending && !start?.isRefused) {
      this._show(run, true);
    }
  }

  /**
   * @param isNews Whether to say it again where the state is the one that was said last.
   */
  private _show(run: IRunSummary, isNews: boolean): void {
    const { preferences, trans } = this._context;
    // That a queued run waits for its machine is found out later than that it is queued.
    const state = run.state === 'queued' ? `queued ${run.reason}` : run.state;
    if (!isNews && this._states.get(run.id) === state) {
      return;
    }
    this._states.set(run.id, state);
    this._say(
      run.id,
      news(run, { preferences, isHidden: document.hidden, trans })
    );
  }

  private _say(
    run: string,
    { message, type, autoClose, mutes, cell }: INews
  ): void {
    const options = {
      autoClose,
      actions: this._actions(run, mutes, cell)
    };
    const id = this._shown.get(run);
    const whole = cut(message);
    if (id !== undefined && Notification.manager.has(id)) {
      Notification.update({ id, message: whole, type, ...options });
    } else {
      this._shown.set(run, Notification.emit(whole, type, options));
    }
  }

  private _actions(
    run: string,
    mutes: INews['mutes'],
    cell: number | null
  ): Notification.IAction[] {
    const { commands, preferences, trans, remote } = this._context;
    const at = cell === null ? {} : { cell };
    const actions: Notification.IAction[] = [];
    if (remote.runs.get(run) && commands.hasCommand(Commands.openRun)) {
      actions.push({
        label: trans.__('Open Run'),
        displayType: 'accent',
        callback: () => {
          void commands.execute(Commands.openRun, { run, ...at });
        }
      });
    }
    if (mutes) {
      actions.push({
        label: trans.__('Do Not Show Again'),
        callback: () => {
          void preferences.set(mutes, false);
        }
      });
    }
    return actions;
  }

  private _withdraw(run: string): void {
    const id = this._shown.get(run);
    if (id !== undefined) {
      Notification.dismiss(id);
      this._shown.delete(run);
    }
    this._states.delete(run);
  }

  private _context: INoticeContext;
  private _shown = new Map<string, string>();
  private _states = new Map<string, string>();
}
