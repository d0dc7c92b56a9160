import { nullTranslator } from '@jupyterlab/translation';

import type { IMachine } from '../../../api/types';
import { ApiError } from '../../../models/remote';
import { MachineForm } from '../../../sidebar/machines/form';

const trans = nullTranslator.load('jupyter_mlx');

const BOX: IMachine = {
  name: 'box',
  host: 'box.example',
  user: null,
  port: 2222,
  identity_file: null,
  root: null,
  price: 0.8,
  currency: 'EUR',
  python: null,
  transport: 'ssh',
  slots: null,
  source: 'list'
};

describe('MachineForm', () => {
  it('sends what was typed, numbers as numbers, nothing empty', () => {
    const form = new MachineForm(null, trans, { name: 'gpu', host: 'h' });
    form.set('price', '0,8');
    form.set('user', ' ');
    expect(form.added()).toEqual({
      name: 'gpu',
      host: 'h',
      price: 0.8,
      transport: 'ssh'
    });
  });

  it('sends only what was changed, and null for what was emptied', () => {
    const form = new MachineForm(BOX, trans);
    expect(form.changes()).toEqual({});
    form.set('port', '');
    form.set('price', '1.5');
    form.set('host', 'box.example');
    expect(form.changes()).toEqual({ port: null, price: 1.5 });
  });

  it('names the field that is no number', () => {
    const form = new MachineForm(BOX, trans);
    form.set('port', 'ssh');
    let said: unknown = null;
    try {
      form.changes();
    } catch (reason) {
      said = reason;
    }
    expect(said).toMatchObject({
      field: 'port',
      message: '“ssh” is no number'
    });
  });

  it('forgets what is wrong once the field is changed', () => {
    const form = new MachineForm(BOX, trans);
    form.refuse(new ApiError('no', 422, null, 'input', 'port'));
    form.set('user', 'ada');
    expect(form.error?.field).toBe('port');
    form.set('port', '22');
    expect(form.error).toBeNull();
  });
});
