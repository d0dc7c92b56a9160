"""What an entry of the machine list may say."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlx.errors import InputError
from jupyter_mlx.machines.entry import RULES, checked_fields, checked_name, entry_of, machine_from
from jupyter_mlx.models import Machine

BAD: list[tuple[str, Any]] = [
    *[("host", value) for value in ("", "-oProxyCommand=x", "a;b", "$(x)", "a\nb", "a b", "h" * 300, "a/b", "[::1]")],
    *[("user", value) for value in ("root$IFS", "\\", "a b", "-l", "", "a;b", "u" * 65, "x\n", ["me"])],
    *[("port", value) for value in (0, -1, 65536, "22 ", "22", 2.2, True)],
    *[("identity_file", value) for value in ("", "a\0b", "k\n", "id.pub", "-oX", 3)],
    *[("root", value) for value in ("", "/", "//", "~", "~/", "~root", "~root/x", "relative", "/a/../b", "/\n", "$H")],
    *[("price", value) for value in (-1, float("nan"), float("inf"), "1.20", True, 1e12)],
    *[("currency", value) for value in ("usd", "", "DOLLAR", 5)],
    *[("python", value) for value in ("python3", "/a\nb", "-c", "/usr/bin/", "")],
    *[("transport", value) for value in ("local", "telnet", "", 1)],
    *[("slots", value) for value in (0, -1, 1.5, "2", True, 10**6)],
]

GOOD: list[tuple[str, Any]] = [
    *[("host", value) for value in ("10.0.0.5", "gpu", "a.example.com", "fe80::1%eth0", "::1", "under_score")],
    *[("user", value) for value in ("me", "first.last", "me@realm.org", "_svc")],
    *[("port", value) for value in (1, 22, 65535)],
    *[("identity_file", value) for value in ("~/.ssh/id_ed25519", "/keys/my key")],
    *[("root", value) for value in ("/scratch/me/mlx", "~/mlx", "/with space/x")],
    *[("price", value) for value in (0, 1.2, 3)],
    ("currency", "EUR"),
    ("python", "/opt/python 3/bin/python3"),
    *[("transport", value) for value in ("ssh", "openssh")],
    *[("slots", value) for value in (1, 8)],
]


@pytest.mark.parametrize(("field", "value"), BAD)
def test_refuses_and_names_the_field(field: str, value: Any) -> None:
    with pytest.raises(InputError) as caught:
        checked_fields({field: value})
    assert caught.value.field == field
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(("field", "value"), GOOD)
def test_takes_what_is_usual(field: str, value: Any) -> None:
    assert checked_fields({field: value}) == {field: value}


@pytest.mark.parametrize("name", ["", "../x", "x" * 65, ".hidden", "-rf", "a/b", "<b>", "a b", "a\n", None, 5, "é"])
def test_refuses_names_that_are_no_slug(name: Any) -> None:
    with pytest.raises(InputError) as caught:
        checked_name(name)
    assert caught.value.field == "name"


@pytest.mark.parametrize("name", ["gpu-box", "con", "a", "10.0.0.5", "X_1"])
def test_takes_slugs(name: str) -> None:
    assert checked_name(name) == name


def test_an_unknown_field_gets_a_suggestion() -> None:
    with pytest.raises(InputError) as caught:
        checked_fields({"hosst": "a"})
    assert caught.value.hint == "did you mean host?"


def test_the_public_half_of_a_key_is_recognised() -> None:
    with pytest.raises(InputError) as caught:
        checked_fields({"identity_file": "~/.ssh/id_ed25519.pub"})
    assert caught.value.hint == "name the private key: ~/.ssh/id_ed25519"


def test_every_field_of_a_machine_has_a_rule() -> None:
    fields = {field.name for field in dataclasses.fields(Machine)}
    assert fields - set(RULES) == {"name", "source"}


good = st.fixed_dictionaries({}, optional={f: st.sampled_from([v for n, v in GOOD if n == f]) for f in RULES})


@given(good)
def test_an_entry_says_all_of_its_machine(fields: dict[str, Any]) -> None:
    machine = machine_from("box", fields)
    entry = entry_of(machine)
    assert machine_from(entry.pop("name"), entry) == machine


@given(st.text(max_size=80))
def test_no_text_passes_as_host_or_user_with_a_meaning_in_a_shell(text: str) -> None:
    for field in ("host", "user"):
        try:
            checked_fields({field: text})
        except InputError:
            continue
        assert not set(text) & set(" \t\n\r'\"$`\\;&|<>(){}*?!#~/\0")
        assert not text.startswith("-")
