"""Requests made from the OpenAPI document, good and bad, sent to a whole server: no 5xx, nothing without a login."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, ignored_auth, response_schema_conformance

from jupyter_mlx.runner.names import RUN_ID
from jupyter_mlx.server.openapi import document
from jupyter_mlx.server.routes import TABLE
from jupyter_mlx.store import Store
from tests.store.bed import a_run, a_spec, a_whole_run, cells, journal

from .whole import TOKEN, Whole

DOCUMENT = schemathesis.openapi.from_dict(document(TABLE))
CHECKS = [not_a_server_error, ignored_auth, content_type_conformance, response_schema_conformance]
EXAMPLES = 12  # an operation; derandomised, so that every run asks the same


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzzed")


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Whole]:
    (home / "lab").mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    folders = {"JUPYTER_DATA_DIR": str(home / "data"), "JUPYTER_CONFIG_DIR": str(home / "config")}
    made = Whole(home / "lab", {**kept, **folders, "HOME": str(home), "JUPYTER_MLX_KEEPER": "off"})
    yield made
    assert made.stop() == 0


@pytest.fixture(scope="module")
def known(server: Whole, home: Path) -> str:
    """The id of a run that is over, so that what is asked about it reaches the code."""
    run = a_run(machine="local", cells=cells(1))
    with Store(home / "data" / "jupyter_mlx") as store:
        store.create(a_spec(run), run)
        mirror = store.mirror(run.id)
        assert mirror.try_lead()
        mirror.append(0, journal(*a_whole_run()))
        mirror.release()
    assert server.call(f"runs/{run.id}")["state"] == "succeeded"
    return run.id


@DOCUMENT.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_what_the_document_allows_and_what_it_does_not(case: schemathesis.Case, server: Whole, known: str) -> None:
    if case.method != "DELETE" and RUN_ID.match(str(case.path_parameters.get("run", ""))):
        case.path_parameters["run"] = known
    case.call_and_validate(
        base_url=server.address.rstrip("/"), headers={"Authorization": f"token {TOKEN}"}, checks=CHECKS, timeout=30
    )
