"""Orders, tags and pages of the list of runs."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest

from jupyter_mlx.errors import InputError
from jupyter_mlx.models import Run
from jupyter_mlx.store import Order, Store, cursor
from tests.store.bed import T0, a_run, exit_event, journal

LOSSES = [0.5, 1, None, "text", math.nan, math.inf, -math.inf, True, 0.5, 2**60, 2**60 + 1, -3.25, False, None, 1e-300]
ORDERS = [Order(by, up) for by in ("created", "duration", "metric:loss", "metric:x") for up in (False, True)]


def told(value: Any) -> Any:
    """A value as a journal has it."""
    return value if not isinstance(value, float) or math.isfinite(value) else str(value).replace("inf", "Infinity")


def ended(store: Store, loss: Any, number: int, **more: Any) -> str:
    """A run that logged a loss, and took ``number % 4`` minutes."""
    run = store.create({}, a_run(created=T0 + number // 3, **more))
    logged = [] if loss is None else [{"type": "metric", "values": {"loss": told(loss)}}]
    if isinstance(loss, float) and math.isnan(loss):
        logged = [{"type": "metric", "values": {"loss": "NaN"}}]
    mirror = store.mirror(run.id)
    assert mirror.try_lead()
    end = [] if number % 5 == 4 else [exit_event(ended=T0 + 60 * (number % 4))]
    mirror.append(0, journal({"type": "state", "state": "running"}, *logged, *end))
    mirror.release()
    return run.id


@pytest.fixture
def filled(store: Store) -> list[Run]:
    for number, loss in enumerate(LOSSES):
        ended(store, loss, number, tags=["even"] if number % 2 == 0 else ["odd", 'a "b", c'])
    return store.runs()


def place(run: Run, by: str) -> float | None:
    """What a person would sort by."""
    if by == "duration":
        return run.ended - run.started if run.ended is not None and run.started is not None else None
    value = run.metrics.get(by.removeprefix("metric:"))
    return None if isinstance(value, str) or value is None or value != value else value  # noqa: PLR0124


def wanted(runs: list[Run], order: Order) -> list[str]:
    way = -1 if order.ascending else 1
    ranked = sorted(runs, key=lambda run: (run.created, run.id), reverse=not order.ascending)
    if order.by != "created":
        without = [run for run in ranked if place(run, order.by) is None]
        having = [run for run in ranked if place(run, order.by) is not None]
        having.sort(key=lambda run: -way * place(run, order.by))
        ranked = having + without
    return [run.id for run in ranked]


def pages(store: Store, order: Order, size: int, **filters: Any) -> list[str]:
    found: list[str] = []
    before = None
    while some := store.runs(order=order, before=before, limit=size, **filters):
        found += [run.id for run in some]
        before = cursor(some[-1], order)
    return found


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_every_order_has_every_run_once_in_pages_of_any_size(store, filled, order) -> None:
    whole = wanted(filled, order)
    assert [run.id for run in store.runs(order=order)] == whole
    for size in (1, 2, 7):
        assert pages(store, order, size) == whole
    even = [run.id for run in filled if "even" in run.tags]
    assert pages(store, order, 3, tags=["even"]) == [run for run in whole if run in even]


def test_a_page_goes_on_where_it_was_though_its_last_run_changed(store) -> None:
    order = Order("metric:loss")
    ids = [ended(store, value, 4) for value in (3.0, 2.0, 1.0)]  # 4: none of them is over
    first = store.runs(order=order, limit=2)
    before = cursor(first[-1], order)
    mirror = store.mirror(ids[1])
    assert mirror.try_lead()
    mirror.append(mirror.offset, journal({"type": "metric", "values": {"loss": 99.0}}, first=3))
    mirror.release()
    assert [run.id for run in store.runs(order=order, before=before)] == [ids[2]]


def test_a_tag_is_a_whole_tag(store) -> None:
    tags = ["starred", 'a "b", c', "größe=1", "🎉", "\\", '"', "x, y", "null"]
    ids = {tag: store.create({}, a_run(tags=["first", tag, "last"])).id for tag in tags}
    store.create({}, a_run(tags=['a "starred', 'starred"', "Starred", "starred2", 'p, "starred", q']))
    for tag, run_id in ids.items():
        assert [run.id for run in store.runs(tags=[tag])] == [run_id]
    assert store.runs(tags=["b"]) == store.runs(tags=["starred", "null"]) == []
    assert len(store.runs(tags=["first", "last"])) == len(tags)
    alone = store.create({}, a_run(tags=["alone"]))
    assert [run.id for run in store.runs(tags=["alone"])] == [alone.id]


@pytest.mark.parametrize("by", ["", "ended", "metric", "created; DROP TABLE runs", "METRIC:loss"])
def test_what_is_no_order_is_refused(store, by) -> None:
    with pytest.raises(InputError) as caught:
        store.runs(order=Order(by))
    assert caught.value.field == "sort"


def test_names_of_metrics_and_places_are_values_never_sql(store, filled) -> None:
    for key in ("loss' OR 1 --", "%", "🎉", "\udcff", "x" * 300):
        assert len(store.runs(order=Order(f"metric:{key}"))) == len(filled)
    for wrong, by in itertools.product(["x", "1; DROP", "0x10", "--1"], ["duration", "metric:loss"]):
        with pytest.raises(InputError) as caught:
            store.runs(order=Order(by), before=f"{filled[0].id}~{wrong}")
        assert caught.value.field == "before"
    for strange in ("nan", "inf", "-inf", "1e999", "9" * 30, "-" + "9" * 30):
        store.runs(order=Order("metric:loss"), before=f"{filled[0].id}~{strange}")
