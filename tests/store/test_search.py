from __future__ import annotations

import pytest

from jupyter_mlx.errors import ConflictError, NotFoundError
from tests.store.bed import T0, a_run


@pytest.fixture
def three(store):
    """#1 and #2 of /a, #1 of /b, made in this order."""
    return [store.create({}, a_run(project, created=T0 + n)) for n, project in enumerate(("/a", "/a", "/b"))]


@pytest.mark.parametrize("reference", ["2", "#2", " 2 "])
def test_a_number_of_the_project(store, three, reference):
    assert store.find(reference, "/a") == three[1]


def test_a_number_counts_in_the_project_first_then_anywhere(store, three):
    assert store.find("1", "/a") == three[0]
    assert store.find("1", "/b") == three[2]
    assert store.find("2", "/b") == three[1]
    assert store.find("2") == three[1]


def test_a_number_that_fits_several_names_them(store, three):
    with pytest.raises(ConflictError) as caught:
        store.find("#1", "/c")
    assert three[0].id in caught.value.message
    assert three[2].id in caught.value.message
    assert three[1].id not in caught.value.message
    assert caught.value.hint


def test_ids_and_their_beginnings(store, three):
    run = three[1]
    assert store.find(run.id) == run
    assert store.find(run.id.lower(), "/b") == run
    unique = next(run.id[:n] for n in range(6, 27) if sum(other.id.startswith(run.id[:n]) for other in three) == 1)
    assert store.find(unique) == run
    with pytest.raises(ConflictError):
        store.find(run.id[:6])  # the same hour
    with pytest.raises(NotFoundError):
        store.find(run.id[:5])


def test_a_beginning_of_digits_is_a_number_first(store):
    run = store.create({}, a_run(created=T0))
    start = run.id[:6]
    if start.isdigit():
        assert store.find(start) == run
    assert store.find("1") == run


def test_last(store, three):
    assert store.find("last") == three[2]
    assert store.find("last", "/a") == three[1]
    assert store.find("last", "/unknown") == three[2]


@pytest.mark.parametrize(
    "reference", ["", "7", "#", "#x", "0", "-1", "\uff11", "99999999999999999999", "%", "*", "ZZZZZZZZ", "a'b"]
)
def test_what_names_no_run(store, three, reference):
    with pytest.raises(NotFoundError) as caught:
        store.find(reference, "/a")
    assert caught.value.hint


def test_an_empty_store_says_so(store):
    with pytest.raises(NotFoundError, match="no runs yet"):
        store.find("last")
