"""Tokens, tilde and environment in values of ssh_config."""

from __future__ import annotations

import getpass
import pwd

import pytest

from jupyter_mlx.errors import InputError
from jupyter_mlx.transport.ssh_tokens import expand, expand_path, tokens_for
from tests.support.fixtures import Laptop

TOKENS = tokens_for("box", "real.example", 2222, "me", "filed")


@pytest.mark.parametrize(
    ("value", "result"),
    [("%h:%p", "real.example:2222"), ("%r@%n", "me@box"), ("%%h", "%h"), ("%k", "filed"), ("plain", "plain")],
)
def test_tokens(value: str, result: str) -> None:
    assert expand(value, TOKENS, "X") == result


@pytest.mark.parametrize("value", ["%y", "100%"])
def test_a_letter_without_meaning_is_named(value: str) -> None:
    with pytest.raises(InputError, match="IdentityFile: %"):
        expand(value, TOKENS, "IdentityFile")


def test_paths(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEYS", "/keys%h")
    assert expand_path("~/.ssh/%r", TOKENS, "X") == f"{laptop.home}/.ssh/me"
    assert expand_path("~", TOKENS, "X") == str(laptop.home)
    assert expand_path(f"~{getpass.getuser()}/k", TOKENS, "X") == pwd.getpwnam(getpass.getuser()).pw_dir + "/k"
    assert expand_path("${KEYS}/k", TOKENS, "X") == "/keys%h/k"  # what comes from outside is not expanded again
    with pytest.raises(InputError, match="no NOT_SET"):
        expand_path("${NOT_SET}/k", TOKENS, "X")
    with pytest.raises(InputError, match="no user"):
        expand_path("~nobody-of-that-name/k", TOKENS, "X")


def test_the_connection_hash_depends_on_all_parts() -> None:
    others = [tokens_for("box", "h", 22, "me"), tokens_for("box", "h", 23, "me"), tokens_for("box", "h", 22, "you")]
    assert len({one["C"] for one in others}) == 3
