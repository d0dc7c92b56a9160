"""Assignments are read from the syntax tree; magics in between do no harm, nothing runs."""

from __future__ import annotations

import ast

import pytest

from jupyter_mlx.capture.assignments import annotated_type, assignments, syntax_tree


def names(source: str) -> list[tuple[str, str | None]]:
    tree, why = syntax_tree(source)
    assert tree is not None, why
    return [(name, None if value is None else ast.unparse(value)) for name, value, _ in assignments(tree)]


def test_every_form_of_assignment_on_the_top_level() -> None:
    assert names("a = 1\nb: int = 2\nc = d = 3\ne, f = 4, 5\n[g, h] = x\ni: str") == [
        ("a", "1"),
        ("b", "2"),
        ("c", "3"),
        ("d", "3"),
        ("e", "4"),
        ("f", "5"),
        ("g", None),
        ("h", None),
        ("i", None),
    ]


def test_starred_and_nested_targets_have_names_but_no_single_value() -> None:
    assert names("a, *b = 1, 2, 3") == [("a", None), ("b", None)]
    assert names("(a, (b, c)) = 1, (2, 3)") == [("a", "1"), ("b", "2"), ("c", "3")]
    assert names("a, b = 1, 2, 3") == [("a", None), ("b", None)]


def test_what_is_not_a_name_on_the_top_level_is_no_parameter() -> None:
    assert names("x.y = 1\nx[0] = 2\nx += 3\nif True:\n    z = 4\ndef f():\n    w = 5") == []


def test_lines_for_ipython_are_passed_over() -> None:
    assert names("%matplotlib inline\n!pip list\na = 1\n?print") == [("a", "1")]


def test_percent_lines_inside_a_text_survive() -> None:
    tree, _ = syntax_tree('a = """\n%d items\n"""')
    assert tree is not None
    assert [ast.literal_eval(value) for _, value, _ in assignments(tree) if value] == ["\n%d items\n"]


@pytest.mark.parametrize(
    ("source", "words"), [("a = = 1", "line 1: invalid syntax"), ("a = '\0'", "null"), ("(" * 10_000, "")]
)
def test_what_cannot_be_parsed_says_where(source: str, words: str) -> None:
    tree, why = syntax_tree(source)
    assert tree is None
    assert why
    assert words in why


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        ("int", "int"),
        ("float", "float"),
        ("'bool'", "bool"),
        ("Optional[str]", "str"),
        ("typing.Optional[int]", "int"),
        ("int | None", "int"),
        ("None | float", "float"),
        ("list[int]", "list"),
        ("typing.List[int]", "list"),
        ("tuple[int, int]", "list"),
        ("dict[str, int]", "dict"),
        ("int | str", None),
        ("Path", None),
        ("f()", None),
        ("'not a type'", None),
        ("''", None),
    ],
)
def test_types_are_read_off_annotations(annotation: str, kind: str | None) -> None:
    assert annotated_type(ast.parse(annotation, mode="eval").body) == kind
