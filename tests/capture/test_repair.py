"""Whatever is read is a valid notebook afterwards, with the cells' sources untouched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlx.capture.notebook import read_notebook
from jupyter_mlx.capture.repair import fit_schema, give_ids

from .notebooks import Json, code, notebook, text

ODD = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        1.5,
        "",
        "x",
        "a,b",
        [],
        {},
        ["x", "x"],
        ["a,b", 3],
        {"name": 3},
        {"name": "r"},
        {"x": {"text/plain": 3}},
    ]
)


def valid(content: Json) -> Json:
    fitted = read_notebook(Path("nb.ipynb"), content).content
    nbformat.validate(nbformat.from_dict(fitted))
    return fitted


def test_a_valid_notebook_stays_as_it_is() -> None:
    content = notebook(text("# Title"), code("1", "a", "b", execution_count=None), {**text("x"), "cell_type": "raw"})
    content["metadata"] |= {"language_info": {"name": "python", "codemirror_mode": "x"}, "own": {"kept": [1]}}
    content["cells"][0]["attachments"] = {"a.png": {"image/png": "aGk="}}
    content["cells"][0]["id"] = "title"
    assert fit_schema(content) == content


def test_a_kernel_without_a_name_is_the_default() -> None:
    content = {**notebook(code("1")), "metadata": {"kernelspec": {"language": "python"}}}
    assert valid(content)["metadata"] == {
        "kernelspec": {"name": "python3", "display_name": "python3", "language": "python"}
    }


def test_keys_the_format_does_not_know_go() -> None:
    cell = {**text("t"), "outputs": [], "execution_count": 3, "trusted": True}
    content = {**notebook(cell, code("1", prompt=4)), "signature": "x"}
    fitted = valid(content)
    assert set(fitted) == {"cells", "metadata", "nbformat", "nbformat_minor"}
    assert set(fitted["cells"][0]) == {"cell_type", "id", "metadata", "source"}


def test_tags_are_unique_texts_without_commas() -> None:
    cell = code("1")
    cell["metadata"]["tags"] = ["a", "a", "b,c", "", 3, "d"]
    assert valid(notebook(cell))["cells"][0]["metadata"]["tags"] == ["a", "d"]


@given(
    st.dictionaries(st.sampled_from(["language_info", "title", "authors", "orig_nbformat", "mine"]), ODD),
    st.dictionaries(st.sampled_from(["tags", "name", "format", "jupyter", "collapsed", "scrolled", "execution"]), ODD),
    st.dictionaries(st.sampled_from(["id", "outputs", "execution_count", "attachments", "mine"]), ODD),
    st.sampled_from(["code", "markdown", "raw"]),
)
def test_whatever_is_read_is_valid(metadata: Json, cell_metadata: Json, keys: Json, kind: str) -> None:
    cell = {**code("odd"), **keys, "metadata": cell_metadata, "cell_type": kind}
    fitted = valid({**notebook(cell, code("last")), "metadata": metadata})
    assert [found["source"] for found in fitted["cells"]] == ["odd", "last"]


@given(st.lists(st.sampled_from([None, "a", "b", "", "no good", 3, "x" * 65, "é"]), max_size=12))
def test_ids_are_unique_valid_and_kept_where_they_can_be(ids: list[Any]) -> None:
    cells = [{"cell_type": "code", "source": "same", **({} if given_ is None else {"id": given_})} for given_ in ids]
    said = give_ids(cells, "nb", expected=True)
    made = [cell["id"] for cell in cells]
    assert len(set(made)) == len(made)
    assert all(given_ in made for given_ in ids if given_ in ("a", "b"))
    assert bool(said) == (made != ids)


@pytest.mark.parametrize(("expected", "warnings"), [(True, 1), (False, 0)])
def test_a_missing_id_is_said_where_the_format_has_ids(expected: bool, warnings: int) -> None:
    assert len(give_ids([{"cell_type": "code", "source": ""}], "nb", expected=expected)) == warnings
