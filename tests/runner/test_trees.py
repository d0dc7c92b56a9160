from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlx.runner.trees import Entry, TreeError, decode_tree, encode_tree, safe_target

A, B = "a" * 64, "b" * 64
NAMES = st.text(min_size=1, max_size=20).filter(lambda name: name not in (".", "..") and not set(name) & {"/", "\0"})


def raw(*entries: object) -> bytes:
    return json.dumps({"entries": entries}, sort_keys=True, separators=(",", ":")).encode()


def entry(name: object = "a", **other: object) -> dict[str, object]:
    return {"name": name, "kind": "file", "id": A, "size": 1, **other}


@given(st.dictionaries(NAMES, st.sampled_from(["file", "exec", "dir", "link"]), max_size=8))
def test_entries_come_back_sorted_whatever_their_names(kinds):
    entries = [
        Entry(name, kind, target="x") if kind == "link" else Entry(name, kind, A, 3) for name, kind in kinds.items()
    ]
    try:
        data = encode_tree(entries)
    except TreeError:
        assert any("\ud800" <= char <= "\udfff" for name in kinds for char in name)
        return
    assert decode_tree(data) == sorted(entries)
    assert encode_tree(list(reversed(entries))) == data


def test_names_that_are_not_utf8_survive():
    name = os.fsdecode(b"caf\xe9")
    assert decode_tree(encode_tree([Entry(name, "file", A, 0)]))[0].name == name


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"entries":{}}',
        b'{"entries":[],"x":1}',
        b'{"entries": []}',
        b"[" * 100000,
        b'\xff{"entries":[]}',
        raw(1),
        raw([]),
        raw({}),
        raw(entry(kind="socket")),
        raw(entry(kind=[])),
        raw(entry(extra=1)),
        raw(entry(name="../x")),
        raw(entry(name="..")),
        raw(entry(name="")),
        raw(entry(name="a/b")),
        raw(entry(name="x" * 256)),
        raw(entry(name=7)),
        raw(entry(id="../../../etc/passwd")),
        raw(entry(id=A.upper())),
        raw(entry(id=None)),
        raw(entry(size=-1)),
        raw(entry(size=True)),
        raw(entry(size=1.0)),
        raw(entry(size=1 << 60)),
        raw(entry("b"), entry("a")),
        raw(entry("a"), entry("a")),
        raw({"name": "l", "kind": "link"}),
        raw({"name": "l", "kind": "link", "target": 1}),
        raw({"name": "l", "kind": "link", "target": "/etc/passwd"}),
        raw({"name": "l", "kind": "link", "target": "x", "id": A}),
        raw(entry(name="\ud800")),
    ],
)
def test_hostile_objects_are_refused(data):
    with pytest.raises(TreeError):
        decode_tree(data)


@pytest.mark.parametrize(
    ("target", "depth"), [("x", 0), ("x/y", 0), ("..", 1), ("../x", 1), ("../../a/b", 2), ("../..", 2), ("-rf", 0)]
)
def test_links_inside_the_tree(target, depth):
    assert safe_target(target, depth) == target


@pytest.mark.parametrize(
    ("target", "depth"),
    [
        ("..", 0),
        ("../x", 0),
        ("../../x", 1),
        ("x/../../y", 5),  # behind a name `..` may lead anywhere: x may be a link to the top
        ("x/..", 5),
        ("/etc", 5),
        ("", 5),
        ("./x", 5),
        ("x//y", 5),
        ("x\0", 5),
    ],
)
def test_links_that_could_leave_the_tree(target, depth):
    with pytest.raises(TreeError):
        safe_target(target, depth)


def test_a_folder_that_is_written_in_two_ways_has_no_second_id():
    data = encode_tree([Entry("a", "file", A, 1), Entry("b", "dir", B, 2)])
    value = json.loads(data)
    for other in (json.dumps(value), json.dumps(value, separators=(",", ":"), indent=0)):
        with pytest.raises(TreeError):
            decode_tree(other.encode())
