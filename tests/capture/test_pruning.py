"""What only serves the Jupyter server stays at home; what stays is complete."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlx.capture.pruning import Graph, wanted

MARKERS = {
    "implementation_name": "cpython",
    "implementation_version": "3.11.7",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "6",
    "platform_system": "Linux",
    "platform_version": "1",
    "python_full_version": "3.11.7",
    "python_version": "3.11",
    "sys_platform": "linux",
}


def dist(name: str, *requires: str, requested: bool = False, **extra: Any) -> dict[str, Any]:
    return {"name": name, "version": "1.0", "requires": list(requires), "requested": requested, **extra}


def kept(*dists: dict[str, Any]) -> set[str]:
    return wanted(Graph(dists, MARKERS))


LAB = (
    dist("jupyterlab", "jupyter-server", "ipykernel", "tornado", "jinja2", requested=True),
    dist("jupyter_server", "tornado", "jupyter-events", "jinja2", "nbformat"),
    dist("jupyter-events", "jsonschema[format-nongpl]"),
    dist(
        "jsonschema",
        "attrs",
        'fqdn; extra == "format"',
        'fqdn; extra == "format-nongpl"',
        'webcolors ; extra=="format"',
    ),
    dist("ipykernel", "tornado", "traitlets"),
    dist("nbformat", "jsonschema", "traitlets"),
    *(dist(name) for name in ("tornado", "jinja2", "attrs", "fqdn", "traitlets")),
)


def test_the_server_goes_the_kernel_stays() -> None:
    assert kept(*LAB) == {"ipykernel", "tornado", "traitlets"}


def test_what_somebody_asked_for_stays_with_what_it_needs() -> None:
    assert kept(*LAB, dist("nbclient", "nbformat", requested=True)) == {
        *("ipykernel", "tornado", "traitlets"),
        *("nbclient", "nbformat", "jsonschema", "attrs"),
    }


def test_what_nobody_needs_was_meant_even_without_a_mark() -> None:
    assert "pandas" in kept(*LAB, dist("pandas"))
    assert "webcolors" in kept(*LAB, dist("webcolors"))  # of an extra that nobody asked for


def test_a_server_package_that_a_kept_one_needs_stays() -> None:
    found = kept(*LAB, dist("d2l", "jupyter", requested=True), dist("jupyter", "jupyterlab"))
    assert {"d2l", "jupyter", "jupyterlab", "jupyter-server", "fqdn"} <= found


def test_extensions_of_the_lab_go_with_what_they_alone_need() -> None:
    git = dist("jupyterlab-git", "jupyter-server", "nbdime", requested=True, extension=True)
    assert kept(*LAB, git, dist("nbdime", "gitpython"), dist("gitpython")) == {"ipykernel", "tornado", "traitlets"}


def test_widgets_stay_though_only_the_metapackage_asked_for_them() -> None:
    found = kept(
        dist("jupyter", "ipywidgets", "notebook", requested=True),
        dist("ipywidgets", "comm"),
        dist("notebook"),
        dist("comm"),
    )
    assert found == {"ipywidgets", "comm"}


def test_installers_go_unless_needed() -> None:
    assert kept(dist("pip", requested=True), dist("setuptools", requested=True), dist("wheel")) == set()
    assert kept(dist("setuptools"), dist("old", "setuptools")) == {"old", "setuptools"}


def test_circles_stay() -> None:
    assert kept(dist("a", "b"), dist("b", "a")) == {"a", "b"}


def test_names_are_compared_as_the_index_does() -> None:
    assert kept(dist("Foo.Bar", "BAZ_qux", requested=True), dist("baz-qux"), dist("pip", "foo_bar")) == {
        "foo-bar",
        "baz-qux",
    }


def test_markers_are_judged_for_the_interpreter() -> None:
    needs = ('appnope; sys_platform == "darwin"', 'exceptiongroup; python_version < "3.11"', "(damaged")
    graph = Graph([dist("ipython", *needs), dist("appnope"), dist("exceptiongroup")], MARKERS)
    assert graph.reach(["ipython"]) == {"ipython"}
    mac = Graph(graph.dists.values(), {**MARKERS, "sys_platform": "darwin", "python_version": "3.10"})
    assert mac.reach(["ipython"]) == {"ipython", "appnope", "exceptiongroup"}


NAMES = ["ipykernel", "jupyterlab", "notebook", "pip", "a", "b", "c", "d", "e"]
WORLDS = st.lists(
    st.builds(
        lambda name, needs, requested, extension: dist(name, *needs, requested=requested, extension=extension),
        st.sampled_from(NAMES),
        st.lists(st.sampled_from(NAMES), max_size=4),
        st.booleans(),
        st.booleans(),
    ),
    unique_by=lambda made: made["name"],
)


@given(WORLDS)
def test_what_is_kept_needs_nothing_that_went(world: list[dict[str, Any]]) -> None:
    graph = Graph(world, MARKERS)
    found = wanted(graph)
    assert graph.reach(found) == found


@given(WORLDS)
def test_nothing_requested_goes_but_what_serves_the_server(world: list[dict[str, Any]]) -> None:
    asked = {made["name"] for made in world if made["requested"] and not made["extension"]}
    assert asked - {"jupyterlab", "notebook", "pip"} <= wanted(Graph(world, MARKERS))
