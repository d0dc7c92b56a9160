import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { Signal } from '@lumino/signaling';

import { DEFAULTS, Preferences } from '../../models/preferences';

interface ISchema {
  properties: Record<string, Record<string, unknown>>;
}

const { properties } = jest.requireActual<ISchema>(
  '../../../schema/plugin.json'
);

/**
 * As much of the lab's settings as is used.
 */
class Settings {
  changed = new Signal<this, void>(this);
  saved: [string, unknown][] = [];

  constructor(public composite: Record<string, unknown>) {}

  set(name: string, value: unknown): Promise<void> {
    this.saved.push([name, value]);
    return Promise.resolve();
  }
}

function using(composite: Record<string, unknown>): [Preferences, Settings] {
  const settings = new Settings(composite);
  const preferences = new Preferences();
  preferences.use(settings as unknown as ISettingRegistry.ISettings);
  return [preferences, settings];
}

describe('the schema', () => {
  it('has exactly the settings that are read, with the same defaults', () => {
    const said = Object.entries(properties).map(([name, about]) => [
      name,
      about['default']
    ]);
    expect(Object.fromEntries(said)).toEqual(DEFAULTS);
  });

  it('says what each setting is', () => {
    for (const [name, about] of Object.entries(properties)) {
      expect([
        name,
        typeof about['title'],
        typeof about['description']
      ]).toEqual([name, 'string', 'string']);
    }
  });
});

describe('Preferences', () => {
  it('are the defaults until the settings were read', () => {
    expect(new Preferences().get('notifyAfterSeconds')).toBe(120);
  });

  it('follow the settings, and take nothing of another kind', () => {
    const [preferences, settings] = using({
      notifyAfterSeconds: 5,
      showStatusItem: 'no'
    });
    expect(preferences.get('notifyAfterSeconds')).toBe(5);
    expect(preferences.get('showStatusItem')).toBe(true);
    settings.composite = { showStatusItem: false };
    settings.changed.emit();
    expect(preferences.get('showStatusItem')).toBe(false);
    expect(preferences.get('notifyAfterSeconds')).toBe(120);
  });

  it('are kept when one is set', async () => {
    const [preferences, settings] = using({});
    await preferences.set('notifyFailed', false);
    expect(preferences.get('notifyFailed')).toBe(false);
    expect(settings.saved).toEqual([['notifyFailed', false]]);
  });
});
