"""Leases of documents: one holder at a time, handed on when its connection ends, taken where somebody asks for it."""

from __future__ import annotations

from jupyter_mlx.server import lease
from jupyter_mlx.server.lease import Leases
from jupyter_mlx.server.routes import ROOT

from .test_stream import Tab


class Connection:
    """What it was told last of each document."""

    def __init__(self) -> None:
        self.held: dict[str, bool] = {}

    def told(self, document: str, *, held: bool) -> None:
        self.held[document] = held


def test_the_first_holds_and_the_next_follows_it() -> None:
    leases, first, second, third = Leases(), Connection(), Connection(), Connection()
    for n, one in enumerate((first, second, third)):
        assert leases.claim("a.ipynb", one, f"tab{n}")
    assert [one.held["a.ipynb"] for one in (first, second, third)] == [True, False, False]
    leases.release("a.ipynb", second)
    leases.leave(first)
    assert third.held["a.ipynb"] and not second.held["a.ipynb"]
    leases.claim("b.ipynb", second, "tab1")
    assert second.held["b.ipynb"]


def test_who_takes_it_has_it_alone() -> None:
    leases, first, second = Leases(), Connection(), Connection()
    leases.claim("a.ipynb", first, "one")
    leases.claim("a.ipynb", second, "two", take=True)
    assert (first.held["a.ipynb"], second.held["a.ipynb"]) == (False, True)
    leases.leave(second)
    assert first.held["a.ipynb"]


def test_a_tab_that_comes_back_before_its_old_connection_is_known_dead_goes_on() -> None:
    leases, old, other, new = Leases(), Connection(), Connection(), Connection()
    leases.claim("a.ipynb", old, "one")
    leases.claim("a.ipynb", other, "two")
    leases.claim("a.ipynb", new, "one")
    assert new.held["a.ipynb"] and not other.held["a.ipynb"] and not old.held["a.ipynb"]
    leases.leave(old)
    assert not other.held["a.ipynb"]
    leases.leave(new)
    assert other.held["a.ipynb"]


def test_claiming_twice_is_claiming_once() -> None:
    leases, first, second = Leases(), Connection(), Connection()
    for _ in range(3):
        leases.claim("a.ipynb", first, "one")
    leases.claim("a.ipynb", second, "two")
    leases.release("a.ipynb", first)
    assert second.held["a.ipynb"]


def test_nobody_claims_without_end(monkeypatch) -> None:
    monkeypatch.setattr(lease, "MOST", 2)
    leases, one = Leases(), Connection()
    assert [leases.claim(name, one, "tab") for name in "abab"] == [True, True, True, True]
    assert not leases.claim("c", one, "tab")
    leases.release("a", one)
    assert leases.claim("c", one, "tab")


async def test_over_the_connection_it_falls_to_the_other_tab(jp_ws_fetch, service) -> None:
    first, second = Tab(await jp_ws_fetch(ROOT, "stream")), Tab(await jp_ws_fetch(ROOT, "stream"))
    await first.say(type="claim", document="a b/ü.ipynb", tab="one")
    assert (await first.until("lease"))["held"]
    await second.say(type="pace", hidden=True)
    await second.say(type="claim", document="a b/ü.ipynb", tab="two")
    assert not (await second.until("lease"))["held"]
    first.socket.close()
    assert (await second.until("lease", document="a b/ü.ipynb"))["held"]
    for wrong in ({"document": ""}, {"document": 3}, {"take": 1}, {"tab": ""}):
        await second.say(**{"type": "claim", "document": "a", "tab": "two", **wrong})
        assert (await second.until("error"))["error"]["field"] in wrong
