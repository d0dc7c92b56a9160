import type { IThemeManager } from '@jupyterlab/apputils';
import type { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';

import type { IViewContext } from '../ui/context';

/**
 * What the view of a run is given beside the rest: renderers of the lab.
 */
export interface IRunViewContext extends IViewContext {
  readonly rendermime: IRenderMimeRegistry;

  /**
   * For the colours of source code; without them it is plain.
   */
  readonly languages: IEditorLanguageRegistry | null;

  /**
   * For when the theme changes; without them it never does.
   */
  readonly themes: IThemeManager | null;
}
