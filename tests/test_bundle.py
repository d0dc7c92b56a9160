"""What the lab has to load of us stays small, and is what was meant to be loaded."""

from __future__ import annotations

import pytest

from bench.bundle import BUILT, Bundle, packed

EAGER_KB = 30
ALL_KB = 220


@pytest.fixture
def bundle() -> Bundle:
    if not (BUILT / "package.json").exists():
        pytest.skip("the lab extension is not built: make lab")
    built = Bundle()
    if built.development:
        pytest.skip("a build for development says nothing about sizes: jlpm build:prod")
    return built


def test_what_the_lab_loads_at_its_start_is_small(bundle) -> None:
    assert len(bundle.eager) >= 2
    assert packed(*bundle.eager) <= EAGER_KB, [(file.name, packed(file)) for file in bundle.eager]


def test_all_of_it_is_not_large(bundle) -> None:
    assert set(bundle.eager) | set(bundle.chunks("style")) <= set(bundle.files)
    assert packed(*bundle.files) <= ALL_KB, [(file.name, packed(file)) for file in bundle.files]


def test_react_is_the_labs_own(bundle) -> None:
    for file in bundle.files:
        assert "Minified React error" not in file.read_text(), file.name
