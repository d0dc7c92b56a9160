"""Documentation is true: links lead somewhere, generated pages are fresh."""

from __future__ import annotations

import json
import re
import runpy
import urllib.parse
from pathlib import Path

import pytest

from jupyter_mlx import errors
from tests.tree import ROOT, files

LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
PAGES = list(files(".md"))


def prose(text: str) -> str:
    """Markdown without its code, where brackets mean other things."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))


def anchors(text: str) -> set[str]:
    """The ids that readers of markdown give to headings."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def broken(page: Path, text: str) -> list[str]:
    """Relative links of a page that lead nowhere."""
    found = []
    for link in LINK.findall(prose(text)):
        if re.match(r"[a-z][a-z0-9+.-]*:|//", link):
            continue
        path, _, anchor = urllib.parse.unquote(link).partition("#")
        target = (page.parent / path) if path else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target.read_text())):
            found.append(link)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    assert broken(page, page.read_text("utf-8")) == []


def test_a_broken_link_would_be_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One two\n[a](no.md) [b](page.md#one-two) [c](#three) [d](https://x.org/y) `[e](f.md)`\n")
    assert broken(page, page.read_text()) == ["no.md", "#three"]


@pytest.mark.parametrize("script", ["gen_errors.py", "gen_cli.py", "gen_rest.py", "gen_types.py"])
def test_generated_pages_are_fresh(script: str) -> None:
    module = runpy.run_path(str(ROOT / "scripts" / script))
    assert module["PAGE"].read_text("utf-8") == module["render"](), "run: make docs"


def test_page_of_errors_names_each_error_of_the_tree() -> None:
    text = (ROOT / "docs" / "reference" / "errors.md").read_text("utf-8")
    rows = [row.strip("| ").split(" | ") for row in re.findall(r"^\| `.*$", text, re.MULTILINE)]
    told = {row[0].strip("`"): (row[-4].strip("`"), row[-3], row[-2]) for row in rows}
    known = {cls.__name__: (code, str(cls.status), str(cls.exit_code)) for code, cls in errors.error_types().items()}
    known.pop("MlxError")
    assert told == known
    tree = (errors.__doc__ or "").split("::")[1]
    assert set(re.findall(r"\w+Error", tree.split("\n\nEach")[0])) == {*known, "MlxError"}


def test_the_version_is_written_once() -> None:
    package = json.loads((ROOT / "package.json").read_text("utf-8"))
    assert re.fullmatch(r"\d+\.\d+\.\d+(-[a-z]+\.\d+)?", package["version"])
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert 'dynamic = ["version"]' in project
    assert package["version"] not in project
