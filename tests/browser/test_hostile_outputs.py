"""Whatever a machine sends, nothing of it runs in the page: not while it comes, not after save and reload."""

from __future__ import annotations

import json
from collections.abc import Callable

from playwright.sync_api import Page, expect

from .lab import Lab
from .live import cell, ended, saved, start, type_into

OWN = "window.__pwned = 1"
FRAMES = f"parent.{OWN}"
HTML = [
    f"<script>{OWN}</script>",
    f"<img src=x onerror='{OWN}'>",
    f"<svg onload='{OWN}'></svg>",
    f"<svg><script>{OWN}</script></svg>",
    f"<svg><animate onbegin='{OWN}' attributeName=x dur=1s></svg>",
    f"<body onload='{OWN}'>",
    f"<iframe srcdoc='<script>{FRAMES}</script>'></iframe>",
    f"<iframe src='javascript:{FRAMES}'></iframe>",
    f"<object data='javascript:{OWN}'></object>",
    f"<embed src='javascript:{OWN}'>",
    f"<details open ontoggle='{OWN}'>x</details>",
    f"<video><source onerror='{OWN}'></video>",
    f"<audio src=x onerror='{OWN}'></audio>",
    f"<input autofocus onfocus='{OWN}'>",
    f"<math><mtext><table><mglyph><style><img src=x onerror='{OWN}'></style></mglyph></table></mtext></math>",
    f"<noscript><p title='</noscript><img src=x onerror={OWN}>'></noscript>",
    f"<style>@keyframes x {{}}</style><p style='animation-name:x' onanimationstart='{OWN}'>x</p>",
    f"<form><button type=button formaction='javascript:{OWN}'>press</button></form>",
    f"<a href='javascript:{OWN}'>press</a>",
    f"<a href='&#106;avascript:{OWN}'>press</a>",
    f"<base href='javascript:{OWN}//'>",
    f"<meta http-equiv=refresh content='0;url=javascript:{OWN}'>",
    f"<link rel=import href='data:text/html,<script>{OWN}</script>'>",
    f"<marquee onstart='{OWN}'>x</marquee>",
    "<button data-commandlinker-command='apputils:print' data-commandlinker-args='{}'>press</button>",
    "<a href='#' data-commandlinker-command='filebrowser:toggle-main'>press</a>",
]
MARKDOWN = [
    f"[press](javascript:{OWN})",
    f'![x](x"onerror="{OWN})',
    f"<img src=x onerror='{OWN}'>",
    f"<script>{OWN}</script>",
    "<a data-commandlinker-command='filebrowser:toggle-main'>press</a>",
    f"```mermaid\ngraph TD; a[\"<img src=x onerror='{OWN}'>\"]\n```",
]
LATEX = [
    f"$\\href{{javascript:{OWN}}}{{x}}$",
    f"$\\text{{<img src=x onerror='{OWN}'>}}$",
    f"$\\unicode{{<img src=x onerror='{OWN}'>}}$",
]
PLAIN = [f"<img src=x onerror='{OWN}'>", f"\x1b]8;;javascript:{OWN}\x07press\x1b]8;;\x07", f"javascript:{OWN}"]
SVG = [
    f"<svg xmlns='http://www.w3.org/2000/svg' onload='{OWN}'><script>{OWN}</script></svg>",
    f"<svg xmlns='http://www.w3.org/2000/svg'><foreignObject><img src='x' onerror='{OWN}'/></foreignObject></svg>",
]
SCRIPT = [OWN, f"element.append('x'); {OWN}", f"require(['x'], () => {{ {OWN} }})"]
BUNDLES = [
    *({"text/html": one} for one in HTML),
    *({"text/markdown": one} for one in MARKDOWN),
    *({"text/latex": one} for one in LATEX),
    *({"text/plain": one} for one in PLAIN),
    *({"image/svg+xml": one} for one in SVG),
    *({"application/javascript": one} for one in SCRIPT),
    *({"text/javascript": one} for one in SCRIPT),
    {"text/html": {"$media": "../../x"}, "text/plain": ["a", 1]},
    {"text/html": [f"<script>{OWN}", "</script>"]},
    {"text/html": 7, "application/json": {"__proto__": {"x": 1}}},
    {"application/vnd.jupyter.widget-view+json": {"model_id": f"<img src=x onerror='{OWN}'>"}},
    {"application/vdom.v1+json": {"tagName": "script", "attributes": {}, "children": [OWN]}},
    {"image/png": f"'onerror='{OWN}"},
]
SHOW = "from IPython.display import display, HTML\nimport json\nfor one in json.loads({text!r}): display(one, raw=True)"
REST = (
    "import sys\n"
    f'print("<img src=x onerror=\'{OWN}\'>"); print("<script>{OWN}</script>", file=sys.stderr)\n'
    f"display({{'text/html': \"<img src=x onerror='{OWN}'>\"}}, display_id='d', raw=True)\n"
    "from IPython.display import update_display\n"
    f"update_display({{'text/html': \"<script>{OWN}</script><svg onload='{OWN}'>\"}}, display_id='d', raw=True)\n"
    f'raise type("<img src=x onerror=\'{OWN}\'>", (Exception,), {{}})("<script>{OWN}</script>")'
)


def press_all(page: Page) -> None:
    """Press whatever asks for it inside of outputs; a script would run by that, a command only after a question."""
    for one in page.locator(".jp-OutputArea a, .jp-OutputArea button", has_text="press").all():
        if one.is_visible():
            one.evaluate("node => { node.removeAttribute('target'); node.click(); }")
    dialog = page.get_by_role("dialog")
    while dialog.count():
        dialog.first.press("Escape")


def unharmed(page: Page) -> None:
    """Nothing ran, in any frame, and the page is still where it was."""
    assert [frame.evaluate("() => window.__pwned ?? null") for frame in page.frames] == [None] * len(page.frames)
    assert "nb.ipynb" in page.url
    expect(page.locator("#jp-main-dock-panel")).to_be_visible()
    expect(page.locator(".jp-FileBrowser").first).to_be_visible()  # what the command links would close


def test_nothing_that_comes_runs(lab: Lab, open_page: Callable[..., Page]) -> None:
    path = lab.notebook(SHOW.format(text=json.dumps(BUNDLES)), REST)
    page = open_page(lab, "nb.ipynb")
    type_into(page, 1, " ")
    saved(page, path)  # by its author: from now on the lab trusts its cells
    page.reload()
    expect(page.get_by_title("Notebook trusted: 2 of 2 code cells trusted.")).to_be_visible()
    run = start(lab)
    ended(lab, run, "failed")
    expect(cell(page, 1)).to_have_attribute("data-mlx-state", "failed")
    expect(cell(page, 0).locator(".jp-OutputArea-output").first).to_be_attached()
    unharmed(page)
    press_all(page)
    unharmed(page)
    notebook = saved(page, path)
    assert len(notebook["cells"][0]["outputs"]) == len(BUNDLES)
    page.reload()
    expect(cell(page, 1)).to_have_attribute("data-mlx-state", "failed")
    expect(cell(page, 0).locator(".jp-OutputArea-output").first).to_be_attached()
    unharmed(page)
    press_all(page)
    unharmed(page)
