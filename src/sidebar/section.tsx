import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { type ISignal, Signal } from '@lumino/signaling';
import * as React from 'react';
import { useEffect, useRef } from 'react';

import { Awake } from '../ui/awake';
import type { SectionName } from './sections';

/**
 * One section of the panel. Its view is loaded when it is seen first, and rests while it cannot be seen.
 */
export class Section extends ReactWidget {
  /**
   * @param name A word for programs: what is kept of it goes by that.
   * @param load Gives the view.
   */
  constructor(
    readonly name: SectionName,
    private _load: () => Promise<React.ComponentType>
  ) {
    super();
    this.id = `jp-mlx-${name}`;
    this.addClass('jp-MlxPanel-section');
  }

  /**
   * The content became higher or lower.
   */
  get contentResized(): ISignal<this, number> {
    return this._contentResized;
  }

  /**
   * The height of the content, also where less is seen.
   */
  get contentHeight(): number {
    return this._height;
  }

  override dispose(): void {
    Signal.clearData(this);
    super.dispose();
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this._wake();
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this._wake();
  }

  protected override onAfterHide(msg: Message): void {
    super.onAfterHide(msg);
    this._setAwake(false);
  }

  protected override onBeforeDetach(msg: Message): void {
    this._isAwake = false;
    super.onBeforeDetach(msg);
  }

  protected render(): React.JSX.Element {
    const View = this._view;
    return (
      <Awake.Provider value={this._isAwake}>
        <Measured onResize={this._onResized}>{View && <View />}</Measured>
      </Awake.Provider>
    );
  }

  private _wake(): void {
    if (this.isVisible) {
      this._setAwake(true);
    }
  }

  private _setAwake(isAwake: boolean): void {
    if (isAwake === this._isAwake) {
      return;
    }
    this._isAwake = isAwake;
    this.update();
    if (isAwake && !this._view) {
      void this._load().then(view => {
        this._view = view;
        this.update();
      });
    }
  }

  private _onResized = (height: number): void => {
    this._height = height;
    this._contentResized.emit(height);
  };

  private _height = 0;
  private _contentResized = new Signal<this, number>(this);
  private _isAwake = false;
  private _view: React.ComponentType | null = null;
}

function Measured({
  onResize,
  children
}: {
  onResize: (height: number) => void;
  children: React.ReactNode;
}): React.JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const node = box.current;
    if (!node || typeof ResizeObserver === 'undefined') {
      return;
    }
    const observer = new ResizeObserver(() => {
      if (node.offsetHeight > 0) {
        onResize(node.offsetHeight);
      }
    });
    observer.observe(node);
    return () => {
      observer.disconnect();
    };
  }, [onResize]);
  return (
    <div className="jp-MlxPanel-content" ref={box}>
      {children}
    </div>
  );
}
