import { ReactWidget } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';
import * as React from 'react';
import { useRef } from 'react';

import { useRoving } from '../../ui/roving';
import { settle } from '../models/lab';

function List({ ids }: { ids: string[] }): React.JSX.Element {
  const list = useRef<HTMLUListElement>(null);
  const roving = useRoving(ids, list);
  return (
    <ul ref={list} onKeyDown={roving.onKeyDown}>
      {ids.map(id => (
        <li
          key={id}
          data-row={id}
          tabIndex={id === roving.current ? 0 : -1}
          onFocus={() => {
            roving.onFocus(id);
          }}
        />
      ))}
    </ul>
  );
}

class ListWidget extends ReactWidget {
  ids: string[] = [];

  protected render(): React.JSX.Element {
    return <List ids={this.ids} />;
  }
}

describe('useRoving', () => {
  // What jsdom has no use for, and the widget waits for.
  window.requestIdleCallback = done => window.setTimeout(done);
  const box = new ListWidget();
  Widget.attach(box, document.body);
  const draw = async (...ids: string[]): Promise<void> => {
    box.ids = ids;
    box.update();
    await settle();
    await settle();
  };
  const press = async (key: string): Promise<boolean> => {
    const event = new KeyboardEvent('keydown', {
      key,
      bubbles: true,
      cancelable: true
    });
    (document.activeElement ?? box.node).dispatchEvent(event);
    await settle();
    return event.defaultPrevented;
  };
  const focused = (): string | undefined =>
    document.activeElement instanceof HTMLElement
      ? document.activeElement.dataset['row']
      : undefined;
  const stops = (): number =>
    box.node.querySelectorAll('[tabindex="0"]').length;

  it('has one tab stop, moves with arrows and stays within the list', async () => {
    await draw('a"]', 'b', 'c');
    expect(stops()).toBe(1);
    box.node.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
    const seen: (string | undefined)[] = [];
    for (const key of ['ArrowUp', 'ArrowDown', 'ArrowDown', 'ArrowDown']) {
      expect(await press(key)).toBe(true);
      seen.push(focused());
    }
    expect(seen).toEqual(['a"]', 'b', 'c', 'c']);
    await press('Home');
    expect(focused()).toBe('a"]');
    await press('End');
    expect(focused()).toBe('c');
    expect(await press('x')).toBe(false);
  });

  it('keeps a tab stop when the row that had it goes', async () => {
    await draw('a"]', 'b');
    expect(stops()).toBe(1);
    await draw('b');
    expect(stops()).toBe(1);
  });
});
