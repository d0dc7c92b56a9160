"""Which machines there are, and changing the own list."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_mlx.errors import ConflictError, InputError, NotFoundError
from jupyter_mlx.machines.book import MachineBook
from jupyter_mlx.machines.machines import Machines
from jupyter_mlx.models import Machine


class Bed:
    """A list with two aliases of an SSH configuration; ``open_runs`` says which machine is busy."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "machines.json"
        self.aliases = ["lab", "gpu-box", "*.pattern"]
        self.broken: Exception | None = None
        self.open_runs: dict[str, int] = {}
        self.local = folder / "local"
        self.machines = Machines(
            MachineBook(self.path), self.local, self._list_aliases, lambda name: self.open_runs.get(name, 0)
        )

    def _list_aliases(self) -> list[str]:
        if self.broken:
            raise self.broken
        return self.aliases


@pytest.fixture
def bed(tmp_path: Path) -> Bed:
    return Bed(tmp_path)


def names(bed: Bed) -> list[str]:
    return [machine.name for machine in bed.machines.all()]


def test_local_is_always_there_and_comes_first(bed: Bed) -> None:
    assert names(bed) == ["local", "lab", "gpu-box"]
    local = bed.machines.find("local")
    assert (local.transport, local.root, local.source) == ("local", str(bed.local), "local")


def test_an_alias_is_found_as_it_is(bed: Bed) -> None:
    assert bed.machines.find("lab") == Machine(name="lab", source="ssh_config")


def test_the_own_list_comes_before_an_alias(bed: Bed) -> None:
    added = bed.machines.add("lab", host="10.0.0.5", user="me", port=2222, price=1.2, root="/scratch/me/mlx")
    assert bed.machines.find("lab") == added
    assert added == Machine(name="lab", host="10.0.0.5", user="me", port=2222, price=1.2, root="/scratch/me/mlx")
    assert names(bed) == ["local", "lab", "gpu-box"]


def test_an_unknown_name_gets_what_is_close(bed: Bed) -> None:
    with pytest.raises(NotFoundError) as caught:
        bed.machines.find("gpubox")
    assert caught.value.hint == "did you mean gpu-box?"
    with pytest.raises(NotFoundError) as caught:
        bed.machines.find("zzz")
    assert caught.value.hint == "known are local, lab, gpu-box"
    with pytest.raises(NotFoundError):
        bed.machines.find("../x\x1b]0;")


def test_a_name_is_taken_once(bed: Bed) -> None:
    bed.machines.add("box", host="h")
    with pytest.raises(ConflictError):
        bed.machines.add("box", host="other")
    with pytest.raises(ConflictError):
        bed.machines.add("local", host="h")
    assert bed.machines.find("box").host == "h"


def test_bad_fields_leave_no_entry(bed: Bed) -> None:
    with pytest.raises(InputError):
        bed.machines.add("box", host="a;b")
    assert not bed.path.exists()


def test_edit_changes_and_takes_back(bed: Bed) -> None:
    bed.machines.add("box", host="h", port=2222, price=3)
    assert bed.machines.edit("box", price=4, port=None) == Machine(name="box", host="h", price=4)
    assert bed.machines.find("box") == Machine(name="box", host="h", price=4)
    with pytest.raises(InputError):
        bed.machines.edit("box", port=0)
    with pytest.raises(NotFoundError):
        bed.machines.edit("nobody", port=1)


def test_editing_an_alias_gives_it_an_entry(bed: Bed) -> None:
    assert bed.machines.edit("lab", price=2) == Machine(name="lab", price=2)
    assert json.loads(bed.path.read_text())["machines"] == [{"name": "lab", "price": 2.0}]


def test_local_has_a_price_and_slots_and_nothing_else(bed: Bed) -> None:
    assert bed.machines.edit("local", slots=3).slots == 3
    local = bed.machines.find("local")
    assert (local.slots, local.transport, local.root) == (3, "local", str(bed.local))
    with pytest.raises(InputError):
        bed.machines.edit("local", host="h")
    bed.machines.edit("local", slots=None)
    assert bed.machines.find("local").slots is None


def test_an_entry_called_local_cannot_send_runs_elsewhere(bed: Bed) -> None:
    bed.path.write_text(json.dumps({"machines": [{"name": "local", "host": "evil", "transport": "ssh"}]}))
    assert bed.machines.find("local").host is None
    assert bed.machines.find("local").transport == "local"


def test_remove_refuses_while_runs_are_open(bed: Bed) -> None:
    bed.machines.add("box", host="h")
    bed.open_runs["box"] = 2
    with pytest.raises(ConflictError, match="2 open runs"):
        bed.machines.remove("box")
    assert bed.machines.find("box").host == "h"
    bed.open_runs.clear()
    bed.machines.remove("box")
    with pytest.raises(NotFoundError):
        bed.machines.find("box")


def test_a_machine_with_open_runs_does_not_move(bed: Bed) -> None:
    bed.machines.add("box", host="h")
    bed.open_runs["box"] = 1
    with pytest.raises(ConflictError):
        bed.machines.edit("box", root="/elsewhere")
    assert bed.machines.edit("box", price=2, host="h").price == 2


def test_what_is_not_on_the_list_is_not_removed(bed: Bed) -> None:
    with pytest.raises(ConflictError):
        bed.machines.remove("lab")
    with pytest.raises(NotFoundError):
        bed.machines.remove("nobody")
    with pytest.raises(InputError):
        bed.machines.remove("../x")


def test_one_wrong_entry_hides_no_other(bed: Bed) -> None:
    bed.path.write_text(json.dumps({"machines": [{"name": "bad", "port": 0}, {"name": "good", "host": "h"}]}))
    assert names(bed) == ["local", "good", "lab", "gpu-box"]
    assert len(bed.machines.problems()) == 1
    with pytest.raises(InputError) as caught:
        bed.machines.find("bad")
    assert caught.value.field == "port"
    assert bed.machines.edit("bad", port=22).port == 22


def test_a_broken_ssh_config_hides_no_own_machine(bed: Bed) -> None:
    bed.machines.add("box", host="h")
    bed.broken = InputError("~/.ssh/config line 3: bad")
    assert names(bed) == ["local", "box"]
    assert bed.machines.problems() == ["~/.ssh/config line 3: bad"]
