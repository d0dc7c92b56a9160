/* global window, document, performance, Request, requestAnimationFrame, setTimeout, MutationObserver */

// Runs in the page before anything else: notes when things happen, changes nothing.
(() => {
  const notes = {
    activation: [], // {id, ms} of each plugin of ours
    posted: null, // when the request to start a run went out
    run: null, // {id, at}: when its answer was there
    clicked: null,
    shown: null, // when a state could be seen after the click
    points: [], // seconds from jupyter_mlx.log() to the page
    painted: [], // seconds to the frame after that
    lines: [], // seconds from print() to the text in its cell
    latest: 0, // the machine's time of the newest event
    heard: [], // {at, t} of each event since `watch`
    frames: 0, // sent over our socket
    watch: false
  };
  window.__mlx = notes;
  const now = () => Date.now() / 1000;

  const timed = plugin => {
    const { activate, id } = plugin;
    plugin.activate = (...args) => {
      const began = performance.now();
      try {
        return activate(...args);
      } finally {
        notes.activation.push({ id, ms: performance.now() - began });
      }
    };
  };
  const containers = {};
  window._JUPYTERLAB = new Proxy(containers, {
    set(target, name, container) {
      target[name] = container;
      if (name === 'jupyter-mlx') {
        const get = container.get.bind(container);
        target[name] = {
          init: scope => container.init(scope),
          get: async module => {
            const factory = await get(module);
            return () => {
              const found = factory();
              [found.default ?? []].flat().forEach(timed);
              return found;
            };
          }
        };
      }
      return true;
    }
  });

  const fetched = window.fetch;
  window.fetch = async (request, init) => {
    const url = request instanceof Request ? request.url : String(request);
    const verb =
      init?.method ?? (request instanceof Request ? request.method : 'GET');
    const starts = verb === 'POST' && /\/jupyter-mlx\/runs(\?|$)/.test(url);
    if (starts) {
      notes.posted = performance.now();
    }
    const response = await fetched.call(window, request, init);
    if (starts && response.ok) {
      const at = performance.now();
      notes.run = { id: (await response.clone().json()).id, at };
    }
    return response;
  };

  const hear = event => {
    const at = now();
    notes.latest = Math.max(notes.latest, event.t ?? 0);
    if (notes.watch) {
      notes.heard.push({ at, t: event.t });
    }
    const sent = event.type === 'metric' ? event.values?.sent : undefined;
    if (typeof sent === 'number') {
      notes.points.push(at - sent);
      requestAnimationFrame(() =>
        setTimeout(() => notes.painted.push(now() - sent))
      );
    }
  };
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(url, protocols) {
      super(url, protocols);
      this.ours = String(url).includes('/jupyter-mlx/stream');
      if (this.ours) {
        this.addEventListener('message', message => {
          for (const item of JSON.parse(message.data).items) {
            (item.events ?? []).forEach(({ event }) => hear(event));
          }
        });
      }
    }

    send(data) {
      notes.frames += this.ours ? 1 : 0;
      super.send(data);
    }
  };

  const seen = new Set();
  const look = () => {
    for (const output of document.querySelectorAll(
      '.jp-Notebook .jp-OutputArea-output'
    )) {
      for (const [word, sent] of output.textContent.matchAll(
        /line (\d+\.\d+);/g
      )) {
        if (!seen.has(word)) {
          seen.add(word);
          notes.lines.push(now() - Number(sent));
        }
      }
    }
    if (notes.clicked !== null && notes.shown === null) {
      const ours = [...document.querySelectorAll('[class*="jp-Mlx"]')];
      if (
        ours.some(node =>
          /sending|queued|preparing|running/i.test(node.textContent)
        )
      ) {
        notes.shown = performance.now();
      }
    }
  };
  document.addEventListener('DOMContentLoaded', () => {
    const options = { childList: true, characterData: true, subtree: true };
    new MutationObserver(look).observe(document.body, options);
  });
  document.addEventListener(
    'click',
    event => {
      if (event.target.closest?.('.jp-NotebookPanel-toolbar')) {
        notes.clicked = performance.now();
      }
    },
    true
  );
})();
