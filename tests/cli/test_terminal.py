"""Nothing from a machine may steer a terminal."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlx.cli.terminal import Screen, clock, duration, number, one_line, printable, size

HOSTILE = [
    "\x1b]0;owned\x07",
    "\x1b]52;c;ZWNobyBvd25lZA==\x07",
    "\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\",
    '\x1bP$q"p\x1b\\',
    "\x1b[2J\x1b[H",
    "\x1b[?1049h",
    "\x9b31m",
    "\x9d0;t\x9c",
    "\x1bc",
    "a\x08\x08b",
    "\x00\x07\x7f",
    "\x1b]0;never ended",
    "\x1b[31",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_controls_are_removed(text: str) -> None:
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", printable(text))


@pytest.mark.parametrize("text", HOSTILE)
def test_only_colour_survives_where_colour_is_on(text: str) -> None:
    assert re.fullmatch(r"(?:[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\x1b\[[0-9;:]*m)*", printable(text, colour=True))


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("\x1b[]m;0123456789\x07\x9b\\P"))))
def test_no_escape_but_colour_in_any_text(text: str) -> None:
    assert not re.search(r"\x1b(?!\[[0-9;:]*m)", printable(text, colour=True))
    assert "\x1b" not in printable(text)


def test_plain_text_colour_and_layout_stay() -> None:
    assert printable("a\tb\nc\r\n  déjà 🎉") == "a\tb\nc\r\n  déjà 🎉"
    assert printable("\x1b[1;31mred\x1b[0m", colour=True) == "\x1b[1;31mred\x1b[0m"
    assert printable("\x1b[1;31mred\x1b[0m") == "red"


def test_bidirectional_overrides_show_as_replacement() -> None:
    assert printable("abc\u202excod.exe") == "abc\ufffdxcod.exe"


def test_lone_surrogates_are_escaped_not_raised() -> None:
    assert printable("\ud800") == "\\ud800"


def test_one_line_folds_and_cuts() -> None:
    assert one_line(" a\n\n b\tc ") == "a b c"
    assert one_line("x" * 50, 10) == "x" * 9 + "…"


def test_a_stream_that_cannot_show_a_character_gets_an_escape() -> None:
    raw = io.BytesIO()
    screen = Screen(io.TextIOWrapper(raw, encoding="ascii"), io.StringIO())
    screen.line("é")
    assert raw.getvalue() == b"\\xe9\n"


def test_table_lines_up() -> None:
    out = io.StringIO()
    Screen(out, io.StringIO()).table(("A", "B"), [("x\x1b[2J", "one"), ("longer", "two\nlines")])
    assert out.getvalue().splitlines() == ["A       B", "x       one", "longer  two lines"]


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (2.5e6, "2.5 MB"), (3e12, "3.0 TB"), (None, "?")]
)
def test_sizes(value: "float | None", text: str) -> None:
    assert size(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.04, "0.0 s"),
        (59.94, "59.9 s"),
        (61, "1 m 01 s"),
        (7500, "2 h 05 m"),
        (200000, "2 d 7 h"),
        (None, ""),
        (-3, "0.0 s"),
    ],
)
def test_durations(value: "float | None", text: str) -> None:
    assert duration(value) == text


def test_numbers_and_wrong_clocks() -> None:
    assert [number(v) for v in (0.1 + 0.2, 1e-9, True, "NaN", "\x1b[2Jx")] == ["0.3", "1e-09", "True", "NaN", "x"]
    assert clock(1e20) == "?"
    assert clock(None) == ""
