import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import type { IOpenNotebooks } from '../models/document';
import type { IRemote } from '../models/remote';
import type { ITargets } from '../models/target';

/**
 * What every view is given: models to read, commands to fire, words to say.
 */
export interface IViewContext {
  readonly remote: IRemote;
  readonly targets: ITargets;
  readonly notebooks: IOpenNotebooks;
  readonly commands: CommandRegistry;
  readonly trans: TranslationBundle;
}
