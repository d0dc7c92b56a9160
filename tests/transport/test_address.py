"""The allow-list for hosts, users and ports."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlx.errors import InputError
from jupyter_mlx.transport.address import checked_host, checked_port, checked_user, known_hosts_name


@pytest.mark.parametrize("host", ["box", "10.0.0.5", "fe80::1%eth0", "::1", "a_b-c.example.org", "xn--bcher-kva.de"])
def test_good_hosts(host: str) -> None:
    assert checked_host(host) == host


@pytest.mark.parametrize(
    "host",
    ["", "-oProxyCommand=x", "a;b", "$(x)", "a b", "a\n", "h" * 256, "a/b", "`x`", "a%b c", "ü", "a\\b", "%eth0"],
)
def test_bad_hosts(host: str) -> None:
    with pytest.raises(InputError, match="cannot be a host name") as caught:
        checked_host(host)
    assert len(caught.value.message) < 200


@pytest.mark.parametrize("user", ["me", "_svc", "first.last@corp.org", "a+b-c"])
def test_good_users(user: str) -> None:
    assert checked_user(user) == user


@pytest.mark.parametrize("user", ["", "-l", "root$IFS", "a\\b", "a b", "a\n", "u" * 65, "a;b", "'"])
def test_bad_users(user: str) -> None:
    with pytest.raises(InputError, match="cannot be a user name"):
        checked_user(user)


@pytest.mark.parametrize("port", [0, -1, 65536, "22 ", "2.2", "", "٣", "1" * 5000])
def test_bad_ports(port: str | int) -> None:
    with pytest.raises(InputError, match="is no port"):
        checked_port(port)


def test_good_ports() -> None:
    assert [checked_port(port) for port in (1, "22", 65535)] == [1, 22, 65535]


@given(st.text(max_size=40))
def test_what_passes_has_no_meaning_to_a_shell(text: str) -> None:
    for check in (checked_host, checked_user):
        try:
            check(text)
        except InputError:
            continue
        assert not text.startswith("-")
        assert not set(text) & set(" \t\n\r'\"\\$`;&|<>()*?[]{}~#!")


def test_names_in_known_hosts() -> None:
    assert known_hosts_name("box", 22) == "box"
    assert known_hosts_name("box", 2222) == "[box]:2222"
