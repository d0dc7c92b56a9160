import { Dialog } from '@jupyterlab/apputils';

/**
 * A dialog whose last button only closes it once what it does went well.
 */
export class CheckedDialog<T> extends Dialog<T> {
  /**
   * @param _accept What the last button does; whether the dialog is done with.
   */
  constructor(
    options: Partial<Dialog.IOptions<T>> & {
      buttons: ReadonlyArray<Dialog.IButton>;
    },
    private _accept: () => Promise<boolean>
  ) {
    super(options);
    this._last = options.buttons.length - 1;
    this._usual = options.defaultButton ?? this._last;
  }

  override resolve(index: number = this._usual): void {
    if (index !== this._last) {
      super.resolve(index);
    } else if (!this._isBusy) {
      this._isBusy = true;
      void this._accept().then(isDone => {
        this._isBusy = false;
        if (isDone && !this.isDisposed) {
          super.resolve(index);
        }
      });
    }
  }

  /**
   * Enter on a control inside the body is that control's.
   */
  protected override _evtKeydown(event: KeyboardEvent): void {
    if (!isOfBody(event)) {
      super._evtKeydown(event);
    }
  }

  private _isBusy = false;
  private _last: number;
  private _usual: number;
}

function isOfBody(event: KeyboardEvent): boolean {
  return (
    event.key === 'Enter' &&
    event.target instanceof Element &&
    event.target.matches('.jp-Dialog-body :is(button, select, summary)')
  );
}
