"""Ignore files mean what they mean to git; git itself is the judge where it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_mlx.capture.files import select
from jupyter_mlx.capture.ignore import rules_above

from .notebooks import put


def sent(root: Path) -> set[str]:
    return {found.path for found in select(str(root), "nb.ipynb", 0).found if found.kind != "dir"}


def fill(root: Path, *paths: str) -> None:
    for path in paths:
        put(root, path)


CASES = {
    "plain": {".gitignore": "*.log\n!keep.log\n"},
    "anchored": {".gitignore": "/a.log\n/src/*.txt\n"},
    "folders": {".gitignore": "build/\ndata\n!data/keep.csv\n"},
    "content but not folder": {".gitignore": "data/*\n!data/keep.csv\n"},
    "nested": {".gitignore": "*.log\n", "src/.gitignore": "!a.log\n*.txt\n"},
    "stars": {".gitignore": "**/deep/*.txt\nsrc/**/x.py\n*.p[yz]\n"},
    "comments": {".gitignore": "# a.log\n\\#b.log\n  \n*.txt # no comment\n"},
    "windows line ends": {".gitignore": "*.log\r\nbuild/\r\n"},
    "spaces": {".gitignore": "a b.txt\ntrailing.txt   \n"},
    "byte order mark": {".gitignore": "\ufeff*.log\n"},
    "negated folder": {".gitignore": "*\n!src/\n!src/x.py\n!.gitignore\n"},
    "inside of a folder": {".gitignore": "data/**\n!data/keep.csv\n"},
    "whitelist": {".gitignore": "/*\n!/src\n/src/*\n!/src/sub/\n"},
    "in vain": {".gitignore": "src/\n!src/x.py\n"},
    "all folders": {".gitignore": "**/\n!src/\n"},
    "exclude": {".git/info/exclude": "*.log\n"},
}
PATHS = (
    *("a.log", "keep.log", "#b.log", "x.py", "x.pz", "src/a.log", "src/a.txt", "src/x.py", "src/sub/x.py", "data.csv"),
    *(
        "build/out.txt",
        "src/build/o",
        "data/keep.csv",
        "data/other.csv",
        "deep/a.txt",
        "src/deep/b.txt",
        "trailing.txt",
    ),
)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("git") is None:
        pytest.skip("no git here to compare with")
    root = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", "."], cwd=root, env=_clean(root), check=True)
    fill(root, *PATHS, "a b.txt")
    return root


def _clean(home: Path) -> dict[str, str]:
    return {"HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"]}


def by_git(root: Path) -> set[str]:
    command = ["git", "ls-files", "-coz", "--exclude-standard"]
    listing = subprocess.run(command, cwd=root, env=_clean(root), check=True, capture_output=True)
    return {name for name in listing.stdout.decode().split("\0") if name}


@pytest.mark.parametrize("case", CASES)
def test_the_same_files_as_git(repository: Path, case: str) -> None:
    files = CASES[case]
    try:
        for file, rules in files.items():
            put(repository, file, rules.replace("\r", ""))  # git takes it for a part of the name; nobody means that
        expected = by_git(repository)
        for file, rules in files.items():
            put(repository, file, rules)
        assert sent(repository) == expected
    finally:
        for file in files:
            (repository / file).unlink()


NAMES = st.sampled_from(["a", "*", "src", "sub", "data", "*.log", "x.py", "a.*", "keep.csv", "d?ta", "[!s]*", "deep"])
PATTERNS = st.builds(
    lambda bang, start, names, end: bang + start + "/".join(names) + end,
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "/", "**/"]),
    st.lists(NAMES, min_size=1, max_size=3),
    st.sampled_from(["", "", "/", "/**"]),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(PATTERNS, min_size=1, max_size=5))
def test_any_patterns_mean_what_they_mean_to_git(repository: Path, patterns: list[str]) -> None:
    put(repository, ".gitignore", "\n".join(patterns))
    try:
        assert sent(repository) == by_git(repository)
    finally:
        (repository / ".gitignore").unlink()


def test_rules_of_the_repository_above_the_project_hold(tmp_path: Path) -> None:
    fill(tmp_path, ".git/HEAD", "sub/project/a.log", "sub/project/a.txt", "sub/project/a.csv", "sub/project/keep.csv")
    put(tmp_path, ".gitignore", "*.log\n/sub/project/a.txt\n")
    put(tmp_path, "sub/.gitignore", "*.csv\n!keep.csv\n")
    assert sent(tmp_path / "sub/project") == {"keep.csv"}


def test_without_a_repository_nothing_above_counts(tmp_path: Path) -> None:
    put(tmp_path, ".gitignore", "*\n")
    fill(tmp_path, "project/a.txt")
    assert sent(tmp_path / "project") == {"a.txt"}


def test_mlxignore_takes_away_and_brings_back(tmp_path: Path) -> None:
    put(tmp_path, ".gitignore", "data/\n*.bin\n")
    put(tmp_path, ".mlxignore", "!data/\n!model.bin\ndocs/\n*.md\n")
    fill(tmp_path, "data/a.csv", "model.bin", "other.bin", "docs/x.txt", "a.md", "a.py")
    assert sent(tmp_path) == {".gitignore", ".mlxignore", "data/a.csv", "model.bin", "a.py"}


def test_what_is_never_sent(tmp_path: Path) -> None:
    fill(tmp_path, ".git/HEAD", "a.py", "pkg/__pycache__/a.pyc", "pkg/b.pyc", "node_modules/x/y.js", ".DS_Store")
    fill(tmp_path, ".venv/pyvenv.cfg", ".venv/bin/x", "any name/pyvenv.cfg", "any name/x", "conda/conda-meta/history")
    fill(tmp_path, ".ipynb_checkpoints/nb.ipynb", ".mypy_cache/x", "venv/no environment.txt", "pkg/.hg/x")
    assert sent(tmp_path) == {"a.py", "venv/no environment.txt"}


def test_a_project_that_is_an_environment_itself_is_sent(tmp_path: Path) -> None:
    fill(tmp_path, "pyvenv.cfg", "a.py")
    assert sent(tmp_path) == {"pyvenv.cfg", "a.py"}


def test_a_bad_pattern_is_named_and_skipped(tmp_path: Path) -> None:
    put(tmp_path, ".gitignore", "*.log\n!\n*.txt\n")
    fill(tmp_path, "a.log", "a.txt", "a.py")
    chosen = select(str(tmp_path), "nb.ipynb", 0)
    assert {found.path for found in chosen.found} == {".gitignore", "a.py"}
    assert chosen.warnings == [f"{tmp_path}/.gitignore:2: ! is no pattern; skipped, as git does"]


def test_an_ignore_file_that_is_none_does_no_harm(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".gitignore")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/.mlxignore").mkdir()
    fill(tmp_path, "a.py")
    chosen = select(str(tmp_path), "nb.ipynb", 0)
    assert {found.path for found in chosen.found if found.kind != "dir"} == {"a.py"}


def test_a_huge_ignore_file_is_not_used(tmp_path: Path) -> None:
    put(tmp_path, ".gitignore", b"x\n" * 600_000)
    fill(tmp_path, "x")
    chosen = select(str(tmp_path), "nb.ipynb", 0)
    assert "x" in {found.path for found in chosen.found}
    assert "larger than 1 MiB" in chosen.warnings[0]


def test_patterns_and_names_need_not_be_text(tmp_path: Path) -> None:
    put(tmp_path, ".gitignore", b"\xff*\n")
    (tmp_path / os.fsdecode(b"\xffa")).touch()
    (tmp_path / os.fsdecode(b"\xfea")).touch()
    assert sent(tmp_path) == {".gitignore", os.fsdecode(b"\xfea")}


def test_rules_are_relative_to_where_they_stand(tmp_path: Path) -> None:
    put(tmp_path, ".git/HEAD")
    put(tmp_path, ".gitignore", "/sub/x\n")
    rules = rules_above(str(tmp_path / "sub"), [])
    assert rules.leave_out(str(tmp_path / "sub/x"), "x", is_dir=False)
    assert not rules.leave_out(str(tmp_path / "sub/sub/x"), "x", is_dir=False)
