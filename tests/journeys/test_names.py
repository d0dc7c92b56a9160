"""Hostile names stay names: they run, come back the same, and never become commands."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from .bed import Bed, write_notebook

NAMES = {
    "shell": "a b'\";$(touch canary)`touch canary`\n.ipynb",
    "dash": "-rf.ipynb",
    "long": "x" * 249 + ".ipynb",
    "emoji": "🚀 — résumé.ipynb",
}
LEFT = """
for name in ["o 'ut; $(touch canary)\\n", '-rf', '🚀']:
    open('outputs/' + name, 'w').write(name)
print(text)
"""


@pytest.mark.parametrize("kind", list(NAMES))
def test_a_notebook_of_that_name_runs_and_comes_back(bed: Bed, kind: str) -> None:
    name = NAMES[kind]
    folder = bed.project / "p'; touch canary; '"
    write_notebook(folder / name, "text = ''", LEFT)
    hostile = "$(touch canary); `touch canary` '\" \\ \n"
    done = bed.cli(
        *["run", f"./{name}", "--on", bed.name, "--env", f"existing:{sys.executable}", "-p", f"text={hostile}"],
        *["--title", hostile, "--tag", hostile, "--experiment", hostile],
        cwd=folder,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    run = bed.json("show", "last")
    assert run["notebook"] == name
    assert run["params"]["text"] == hostile
    line = hostile.replace("\n", " ")  # labels are one line each
    assert (run["title"], run["tags"], run["experiment"]) == (line, [line], line)
    fetched = bed.cli("fetch", "last", "back")
    assert fetched.returncode == 0, fetched.stderr
    back = bed.project / "back"
    assert (back / name).is_file()
    assert {path.name for path in (back / "outputs").iterdir()} == {"o 'ut; $(touch canary)\n", "-rf", "🚀"}
    for place in (bed.project, bed.root, Path(bed.env["HOME"]), folder):
        assert not list(place.rglob("canary"))
