"""The same content once more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jupyter_mlx.dispatch.rerunning import spec_again
from jupyter_mlx.errors import ConflictError, NotFoundError
from jupyter_mlx.models import Machine, RunState

from .bed import Bed, Heard, away


def test_a_rerun_has_the_content_of_then(bed: Bed) -> None:
    (bed.project / "data.txt").write_text("of then")
    first = bed.submit("print(open('data.txt').read())", title="mine", tags=["a"], experiment="e")
    (bed.project / "data.txt").write_text("of now")
    bed.notebook("print('edited')")
    heard = Heard()
    again = bed.dispatcher.rerun(first.id)
    assert (again.rerun_of, again.number) == (first.id, first.number + 1)
    assert (again.title, again.tags, again.experiment, again.bundle) == ("mine", ["a"], "e", first.bundle)
    assert bed.follow(again.id, heard).state is RunState.SUCCEEDED
    assert heard.text == "of then\n"


def test_price_and_slots_are_those_of_the_machine_now(bed: Bed) -> None:
    first = bed.queued("1")
    bed.workbench.machines.edit("local", price=2.5, slots=3, currency="EUR")
    bed.workbench.closed = away()
    again = bed.dispatcher.rerun(first.id)
    assert (again.price, again.currency, first.price) == (2.5, "EUR", None)
    assert bed.workbench.store.spec(again.id)["slots"] == 3


def test_content_that_is_no_longer_here_is_still_on_its_machine(bed: Bed) -> None:
    first = bed.submit("print('there')")
    bed.workbench.blobs.discard(bed.workbench.store.spec(first.id)["notebook_blob"])
    heard = Heard()
    again = bed.dispatcher.rerun(first.id)
    assert bed.follow(again.id, heard).state is RunState.SUCCEEDED
    assert heard.text == "there\n"


def test_content_that_is_no_longer_here_goes_nowhere_else(bed: Bed) -> None:
    first = bed.submit("1")
    store, blobs = bed.workbench.store, bed.workbench.blobs
    blobs.discard(store.spec(first.id)["notebook_blob"])
    other = Machine(name="other", host="127.0.0.1")
    with pytest.raises(ConflictError, match="1 parts") as caught:
        bed.dispatcher.rerun(first.id, other)
    assert "local" in (caught.value.hint or "")
    blobs.discard(store.spec(first.id)["bundle"]["digest"])
    with pytest.raises(ConflictError, match="2 parts"):
        bed.dispatcher.rerun(first.id, other)
    assert len(store.runs()) == 1


def test_nothing_of_the_run_itself_is_taken_over(bed: Bed) -> None:
    first = bed.submit("1")
    spec = spec_again(bed.workbench.store, bed.workbench.blobs, first.id, replace(bed.local, name="other"))
    assert not {"id", "number", "created", "tools"} & set(spec)
    assert spec["rerun_of"] == first.id


def test_a_rerun_of_nothing_is_an_error(bed: Bed) -> None:
    with pytest.raises(NotFoundError):
        bed.dispatcher.rerun("01ARZ3NDEKTSV4RRFFQ69G5FAV")
