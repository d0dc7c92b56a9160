"""Installed distributions become requirements that give the same elsewhere; what cannot is said."""

from __future__ import annotations

from typing import Any

import pytest
from packaging.requirements import Requirement

from jupyter_mlx.capture.interpreter import Facts
from jupyter_mlx.capture.pins import pins

from .test_pruning import MARKERS

PROJECT = "/home/me/project"


def dist(name: str, version: str = "1.0", **extra: Any) -> dict[str, Any]:
    base = {"name": name, "version": version, "requires": [], "requested": True, "direct_url": None, "source": None}
    return {**base, "installer": "pip", **extra}


def facts(*dists: dict[str, Any], **extra: Any) -> Facts:
    base: dict[str, Any] = {"python": "3.11.7", "executable": "/x/python", "markers": MARKERS, "broken": []}
    return Facts(dists=list(dists), **{**base, **extra})


def only(made: dict[str, Any]) -> tuple[list[str], list[str]]:
    lines, packages, notes = pins(facts(made), PROJECT)
    assert set(packages) == {"own"}
    for line in lines:
        assert Requirement(line).name == "own"
    return lines, notes


def test_pins_are_sorted_and_canonical() -> None:
    lines, packages, notes = pins(
        facts(dist("zlib_NG", "2.0"), dist("Beta", "1.0.post1"), dist("alpha", "1!2.0")), PROJECT
    )
    assert lines == ["alpha==1!2.0", "beta==1.0.post1", "zlib-ng==2.0"]
    assert packages == {"alpha": "1!2.0", "beta": "1.0.post1", "zlib-ng": "2.0"}
    assert notes == []


def test_the_first_of_a_name_is_the_one_that_is_imported() -> None:
    assert pins(facts(dist("own", "2.0"), dist("Own", "1.0")), PROJECT)[0] == ["own==2.0"]
    assert facts(dist("own", "2.0"), dist("Own", "1.0"), dist("pip", "9")).packages == {"own": "2.0", "pip": "9"}


def test_an_editable_install_inside_the_project_travels_as_source() -> None:
    url = {"url": "file:///home/me/project/lib%20dir", "dir_info": {"editable": True}}
    lines, notes = only(dist("own", direct_url=url))
    assert lines == []
    assert notes == [
        "own is installed from /home/me/project/lib dir: its source travels with the project but is not installed there"
    ]


def test_a_local_install_outside_of_the_project_will_be_missing() -> None:
    lines, notes = only(dist("own", direct_url={"url": "file:///home/me/project2", "dir_info": {}}))
    assert lines == []
    assert "outside of the project: it will be missing there" in notes[0]
    assert "it will be missing" in only(dist("own", source="/opt/dev/own"))[1][0]


def test_what_a_local_install_needs_is_pinned() -> None:
    own = dist("own", direct_url={"url": "file:///x", "dir_info": {"editable": True}}, requires=["six"])
    assert pins(facts(own, dist("six", "1.16", requested=False)), PROJECT)[0] == ["six==1.16"]


def test_a_commit_is_named_exactly() -> None:
    vcs = {"vcs": "git", "commit_id": "0123abc", "requested_revision": "main"}
    url = {"url": "https://example.org/own.git", "vcs_info": vcs}
    assert only(dist("own", direct_url=url)) == (["own @ git+https://example.org/own.git@0123abc"], [])
    assert only(dist("own", direct_url={**url, "subdirectory": "py"}))[0][0].endswith("@0123abc#subdirectory=py")


def test_an_archive_is_named_by_its_url_and_hash() -> None:
    url = {"url": "https://example.org/own-1.0-py3-none-any.whl", "archive_info": {"hash": "sha256=ab"}}
    assert only(dist("own", direct_url=url))[0] == ["own @ https://example.org/own-1.0-py3-none-any.whl#sha256=ab"]


@pytest.mark.parametrize("user", ["me:secret", "secret", ":secret"])
def test_passwords_do_not_travel(user: str) -> None:
    lines, notes = only(dist("own", direct_url={"url": f"https://{user}@example.org/own.whl", "archive_info": {}}))
    assert lines == []
    assert "secret" not in notes[0]
    assert "https://example.org/own.whl" in notes[0]


def test_what_needs_a_key_of_the_user_is_said() -> None:
    url = {"url": "ssh://git@example.org/own.git", "vcs_info": {"vcs": "git", "commit_id": "0"}}
    lines, notes = only(dist("own", direct_url=url))
    assert lines == []
    assert "needs a key of yours" in notes[0]


def test_what_conda_built_is_taken_from_the_index() -> None:
    url = {"url": "file:///home/conda/feedstock_root/build_artifacts/own_123/work", "dir_info": {}}
    assert only(dist("own", "2.1", direct_url=url, installer="conda")) == (["own==2.1"], [])


def test_local_versions_are_said() -> None:
    lines, notes = only(dist("own", "2.4.0+cu121"))
    assert lines == ["own==2.4.0"]
    assert "2.4.0+cu121 is installed as 2.4.0" in notes[0]


def test_a_version_that_is_none_is_said() -> None:
    lines, notes = only(dist("own", "1.2ubuntu1~bad"))
    assert lines == []
    assert "a version no index knows" in notes[0]


def test_packages_of_another_system_stay_at_home() -> None:
    mac = {**MARKERS, "sys_platform": "darwin", "platform_system": "Darwin"}
    ipython = dist("ipython", requires=['appnope; sys_platform == "darwin"', "traitlets"])
    needed = [dist("appnope", requested=False), dist("traitlets", requested=False)]
    lines, _, notes = pins(facts(ipython, *needed, markers=mac), PROJECT)
    assert lines == ["ipython==1.0", "traitlets==1.0"]
    assert notes == ["only for this computer's system, not sent: appnope"]


def test_damaged_metadata_is_said() -> None:
    assert pins(facts(broken=["/x/site-packages/~ip-1.dist-info"]), PROJECT)[2] == [
        "damaged metadata, not sent: ~ip-1.dist-info"
    ]
