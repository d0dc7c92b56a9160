import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';

import type { ShownRun } from './shownRun';

/**
 * A part of a run's view that React draws: again when the run changed, and not while nobody sees it.
 */
export abstract class RunPart extends ReactWidget {
  constructor(protected readonly run: ShownRun) {
    super();
    run.changed.connect(this._onChanged, this);
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.run.changed.disconnect(this._onChanged, this);
      super.dispose();
    }
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this.update();
  }

  private _onChanged(): void {
    if (this.isVisible) {
      this.update();
    }
  }
}

/**
 * Make a widget a landmark.
 */
export function asRegion(node: HTMLElement, label: string): void {
  node.setAttribute('role', 'region');
  node.setAttribute('aria-label', label);
}
