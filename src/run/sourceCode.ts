import {
  type IEditorLanguage,
  type IEditorLanguageRegistry,
  jupyterHighlightStyle
} from '@jupyterlab/codemirror';

import type { IExecuted } from './executed';

/**
 * Write source code into a node, with the colours of the lab's editors where the language is known.
 */
export async function writeSource(
  node: HTMLElement,
  source: string,
  languages: IEditorLanguageRegistry | null,
  executed: Pick<IExecuted, 'language' | 'names'>
): Promise<void> {
  const language = languages && find(languages, executed);
  node.textContent = source;
  if (!languages || !language) {
    return;
  }
  bringStyle();
  const colored = document.createElement('span');
  try {
    await languages.highlight(source, language, colored);
  } catch {
    return; // a language whose grammar cannot be loaded: plain is readable too
  }
  node.replaceChildren(colored);
}

function find(
  languages: IEditorLanguageRegistry,
  { language, names }: Pick<IExecuted, 'language' | 'names'>
): IEditorLanguage | null {
  const byMime = language ? languages.findByMIME(language) : null;
  const byName = names.map(name => languages.findByName(name)).find(Boolean);
  return byMime ?? byName ?? null;
}

let isThere = false;

/**
 * The classes of the colours come with the first editor; here there may be none.
 */
function bringStyle(): void {
  if (!isThere) {
    isThere = true;
    const style = document.createElement('style');
    style.textContent = jupyterHighlightStyle.module?.getRules() ?? '';
    document.head.append(style);
  }
}
