"""The project's own files, as the tests of the house read them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "jupyter_mlx"

NOT_OURS = {"node_modules", "labextension", "lib", "dist", "build", "coverage", "__pycache__"}


def files(*suffixes: str, under: Path = ROOT) -> Iterator[Path]:
    """Every file of ours with one of these suffixes; nothing installed, built or hidden."""
    for path in sorted(under.iterdir()):
        if path.name.startswith(".") or path.name in NOT_OURS:
            continue
        if path.is_dir():
            yield from files(*suffixes, under=path)
        elif path.suffix in suffixes:
            yield path


def modules() -> Iterator[tuple[str, Path, ast.Module]]:
    """(dotted name, path, syntax tree) of every module of the package."""
    for path in files(".py", under=PACKAGE):
        parts = list(path.relative_to(ROOT).with_suffix("").parts)
        if parts[-1] == "__init__":
            parts.pop()
        yield ".".join(parts), path, ast.parse(path.read_text("utf-8"), str(path))


def imports(name: str, *, package: bool, tree: ast.AST) -> set[str]:
    """Dotted names of all a module imports, late imports included, those under TYPE_CHECKING too.

    ``from .a import b`` gives both ``here.a`` and ``here.a.b``, as b may be a module.
    """
    found = set()
    here = name.split(".") if package else name.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1] if node.level else []
            source = ".".join([*base, *(node.module.split(".") if node.module else [])])
            found.add(source)
            found.update(f"{source}.{alias.name}" for alias in node.names)
    return found
