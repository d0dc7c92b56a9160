"""Reading known_hosts: every form a line may have, and every way it may be broken."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlx.transport.known_hosts import fingerprint, lines_about, parse_line, read_known_hosts
from tests.support.sshd import fingerprint as fingerprint_by_ssh_keygen
from tests.support.sshd import make_key

KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIB" + "A" * 42
ED = f"ssh-ed25519 {KEY}"


def found(tmp_path: Path, text: str | bytes, host: str) -> tuple[list[int], list[str]]:
    """Numbers of the lines that speak about a host, and the notices."""
    file = tmp_path / "known_hosts"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    notices: list[str] = []
    return [line.number for line in lines_about([file], host, notices)], notices


@pytest.mark.parametrize(
    ("hosts", "host", "fits"),
    [
        ("box", "box", True),
        ("box", "Box", True),
        ("BOX", "box", True),
        ("box", "boxy", False),
        ("a,box,b", "box", True),
        ("*.example.org", "x.example.org", True),
        ("*.example.org", "example.org", False),
        ("b?x", "box", True),
        ("*,!box", "box", False),
        ("*,!box", "other", True),
        ("!box", "other", False),
        ("[box]:2222", "[box]:2222", True),
        ("[box]:2222", "box", False),
        ("box", "[box]:2222", False),
        ("[*.org]:22*", "[a.org]:2201", True),
        ("10.0.0.*", "10.0.0.7", True),
        ("fe80::1", "fe80::1", True),
    ],
)
def test_names(tmp_path: Path, hosts: str, host: str, fits: bool) -> None:
    assert found(tmp_path, f"{hosts} {ED} comment with words\n", host)[0] == ([1] if fits else [])


def test_hashed_names_as_ssh_keygen_makes_them(tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    file.write_text(f"box {ED}\n[other]:2222 {ED}\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(file)], check=True, capture_output=True)
    assert "box" not in file.read_text()
    assert [line.number for line in lines_about([file], "box", [])] == [1]
    assert [line.number for line in lines_about([file], "[other]:2222", [])] == [2]
    assert lines_about([file], "third", []) == []


def test_markers(tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    file.write_text(f"@revoked box {ED}\n@cert-authority *.org {ED}\n@strange box {ED}\nbox {ED}\n")
    notices: list[str] = []
    assert [(line.number, line.marker) for line in read_known_hosts(file, notices)] == [
        (1, "revoked"),
        (2, "authority"),
        (4, ""),
    ]
    assert len(notices) == 1
    assert f"{file}:3" in notices[0]


@pytest.mark.parametrize(
    "bad",
    [
        "box",
        "box ssh-ed25519",
        "box ssh-ed25519 !!!!",
        "box ssh-ed25519 AAAA",
        "box ssh-rsa " + KEY,
        "box ssh-ed25519 " + KEY[:-2],
        "@revoked",
        "box 1024 35 12345678901234567890",
        "|1|bad|worse ssh-ed25519",
    ],
)
def test_a_bad_line_is_named_and_the_rest_is_read(tmp_path: Path, bad: str) -> None:
    numbers, notices = found(tmp_path, f"# comment\n\n{bad}\r\nbox {ED}\r\n", "box")
    assert numbers == [4]
    assert len(notices) == 1
    assert ":3:" in notices[0]


def test_other_encodings_do_no_harm(tmp_path: Path) -> None:
    numbers, notices = found(tmp_path, b"h\xf6st " + ED.encode() + b"\nbox " + ED.encode() + b" caf\xe9\n", "box")
    assert numbers == [2]
    assert notices == []


@given(st.binary(max_size=300))
def test_any_bytes_are_survived(data: bytes) -> None:
    for number, raw in enumerate(data.split(b"\n")):
        text = raw.decode("utf-8", "surrogateescape").strip()
        if not text:
            continue
        try:
            line = parse_line(text, Path("f"), number)
        except ValueError:
            continue
        line.names("host")


def test_a_missing_file_is_empty_and_an_unreadable_one_is_named(tmp_path: Path) -> None:
    notices: list[str] = []
    assert list(read_known_hosts(tmp_path / "none", notices)) == []
    assert notices == []
    assert list(read_known_hosts(tmp_path, notices)) == []
    assert str(tmp_path) in notices[0]


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_fingerprints_are_those_of_ssh_keygen(tmp_path: Path, kind: str) -> None:
    key = make_key(tmp_path / "k", kind)
    blob = base64.b64decode(Path(f"{key}.pub").read_text().split()[1])
    assert fingerprint(blob) == fingerprint_by_ssh_keygen(Path(f"{key}.pub"))
