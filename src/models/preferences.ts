import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { Token } from '@lumino/coreutils';
import { type ISignal, Signal } from '@lumino/signaling';

/**
 * What the settings editor offers, as schema/plugin.json describes it.
 */
export interface IPreferenceValues {
  defaultMachine: string;
  askBeforeSecondRun: boolean;
  fillNotebooks: boolean;
  notifyFailed: boolean;
  notifyFinished: boolean;
  notifyAfterSeconds: number;
  showStatusItem: boolean;
  showCost: boolean;
}

/**
 * The values where the application keeps no settings; a test holds them to those of the schema.
 */
export const DEFAULTS: Readonly<IPreferenceValues> = {
  defaultMachine: '',
  askBeforeSecondRun: true,
  fillNotebooks: true,
  notifyFailed: true,
  notifyFinished: true,
  notifyAfterSeconds: 120,
  showStatusItem: true,
  showCost: true
};

/**
 * The user's settings of this extension.
 */
export class Preferences {
  /**
   * Use the settings once they have been read.
   */
  use(settings: ISettingRegistry.ISettings): void {
    this._settings = settings;
    settings.changed.connect(this._read, this);
    this._read();
  }

  /**
   * A setting changed.
   */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get<K extends keyof IPreferenceValues>(name: K): IPreferenceValues[K] {
    return this._values[name];
  }

  /**
   * Set one for good: what "do not show again" does.
   */
  async set<K extends keyof IPreferenceValues>(
    name: K,
    value: IPreferenceValues[K]
  ): Promise<void> {
    this._values = { ...this._values, [name]: value };
    this._changed.emit();
    await this._settings?.set(name, value);
  }

  private _read(): void {
    const said: Record<string, unknown> = this._settings?.composite ?? {};
    const known = Object.entries(said).filter(
      ([name, value]) =>
        name in DEFAULTS &&
        typeof value === typeof DEFAULTS[name as keyof IPreferenceValues]
    );
    this._values = { ...DEFAULTS, ...Object.fromEntries(known) };
    this._changed.emit();
  }

  private _settings: ISettingRegistry.ISettings | null = null;
  private _values: IPreferenceValues = DEFAULTS;
  private _changed = new Signal<this, void>(this);
}

/**
 * The settings as other plugins reach them.
 */
export type IPreferences = Preferences;

/**
 * The token of the settings.
 */
export const IPreferences = new Token<IPreferences>(
  'jupyter-mlx:IPreferences',
  'The settings of jupyter_mlx, read and typed.'
);
