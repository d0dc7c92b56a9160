"""Assignments of a cell's source, read from its syntax tree; nothing is executed."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from typing import Any

_SPECIAL = re.compile(r"[ \t]*[%!?]")
_ANNOTATIONS = {"int": "int", "float": "float", "bool": "bool", "str": "str", "list": "list", "dict": "dict"}
_ANNOTATIONS |= {"List": "list", "Dict": "dict", "tuple": "list", "Tuple": "list"}


def syntax_tree(source: str) -> tuple[ast.Module | None, str]:
    """The syntax tree of a cell; lines for IPython alone are skipped where they stand in the way."""
    why = ""
    plain = "\n".join("" if _SPECIAL.match(line) else line for line in source.split("\n"))
    for text in (source, plain):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # invalid escapes are the notebook's own business
                return ast.parse(text), ""
        except SyntaxError as error:
            why = f"line {error.lineno}: {error.msg}"
        except (ValueError, RecursionError, MemoryError) as error:
            why = str(error) or "nested too deep"
    return None, why


def assignments(tree: ast.Module) -> Iterator[tuple[str, ast.expr | None, ast.expr | None]]:
    """(name, value, annotation) of each assignment on the top level; value is None where it is not one expression."""
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, node.value, node.annotation
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                yield from _unpacked(target, node.value)


def _unpacked(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[str, ast.expr | None, None]]:
    if isinstance(target, ast.Name):
        yield target.id, value, None
    elif isinstance(target, (ast.Tuple, ast.List)):
        parts: list[Any] = [None] * len(target.elts)
        if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(parts):
            starred = any(isinstance(item, ast.Starred) for item in [*target.elts, *value.elts])
            parts = parts if starred else list(value.elts)
        for item, part in zip(target.elts, parts, strict=True):
            yield from _unpacked(item.value if isinstance(item, ast.Starred) else item, part)


def annotated_type(annotation: ast.expr | None) -> str | None:
    """The type an annotation names; ``Optional[X]``, ``X | None`` and ``list[X]`` are seen through."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        tree, _ = syntax_tree(annotation.value)
        first = tree.body[0] if tree and tree.body else None
        return annotated_type(first.value) if isinstance(first, ast.Expr) else None
    if isinstance(annotation, ast.Attribute):
        return _ANNOTATIONS.get(annotation.attr)
    if isinstance(annotation, ast.Name):
        return _ANNOTATIONS.get(annotation.id)
    if isinstance(annotation, ast.Subscript):
        base = annotation.value
        name = base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""
        return annotated_type(annotation.slice) if name == "Optional" else _ANNOTATIONS.get(name)
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        sides = [
            s for s in (annotation.left, annotation.right) if not (isinstance(s, ast.Constant) and s.value is None)
        ]
        return annotated_type(sides[0]) if len(sides) == 1 else None
    return None
