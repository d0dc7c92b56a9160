"""A notebook as given becomes one of format 4 that can run, or a message that names what is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from jupyter_mlx.capture.notebook import dump, read_notebook
from jupyter_mlx.errors import InputError

from .notebooks import code, notebook, read, save, text

HERE = Path("nb.ipynb")


def refused(content: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        read_notebook(HERE, content)
    return caught.value


def test_a_file_and_an_open_editor_give_the_same(tmp_path: Path) -> None:
    content = notebook(text("# Title"), code("x = 1"), code("print(x)"))
    path = save(tmp_path / "nb.ipynb", content)
    before = path.read_bytes()
    assert read_notebook(path).content == read_notebook(path, content).content
    assert path.read_bytes() == before


def test_the_content_of_an_editor_is_not_changed() -> None:
    content = notebook(code("1", outputs=[{"output_type": "stream", "name": "stdout", "text": "1"}], cell_id=""))
    before = json.dumps(content)
    read_notebook(HERE, content)
    assert json.dumps(content) == before


def test_a_byte_order_mark_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "nb.ipynb"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(notebook(code("1"))).encode())
    assert "byte order mark" in read_notebook(path).warnings[0]


@pytest.mark.parametrize("top", [[], "text", 3, None])
def test_the_top_level_must_be_an_object(tmp_path: Path, top: Any) -> None:
    with pytest.raises(InputError, match="top level must be an object"):
        read_notebook(save(tmp_path / "nb.ipynb", top))


@pytest.mark.parametrize("key", ["cells", "metadata", "nbformat"])
def test_a_missing_key_is_named(key: str) -> None:
    content = notebook(code("1"))
    del content[key]
    error = refused(content)
    assert f"no `{key}`" in error.message
    assert error.field == key


@pytest.mark.parametrize(("key", "value"), [("cells", {}), ("metadata", []), ("nbformat", "4"), ("nbformat", True)])
def test_a_key_of_the_wrong_type_is_named(key: str, value: Any) -> None:
    assert f"`{key}` must be" in refused({**notebook(code("1")), key: value}).message


def test_a_newer_format_is_refused() -> None:
    assert "format 99, newer than supported" in refused({**notebook(code("1")), "nbformat": 99}).message


def test_format_3_runs_as_a_converted_copy(tmp_path: Path) -> None:
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": "old"},
        "worksheets": [
            {
                "cells": [
                    {"cell_type": "heading", "level": 1, "metadata": {}, "source": ["Old"]},
                    {
                        "cell_type": "code",
                        "input": ["x = 1\n", "x"],
                        "language": "python",
                        "metadata": {},
                        "outputs": [{"output_type": "pyout", "prompt_number": 1, "text": ["1"], "metadata": {}}],
                        "prompt_number": 1,
                    },
                ]
            }
        ],
    }
    path = save(tmp_path / "nb.ipynb", old)
    first, second = read_notebook(path), read_notebook(path)
    assert json.loads(path.read_text()) == old
    assert first.warnings == [f"{path} has format 3; a copy converted to format 4 runs, the file stays as it is"]
    assert [cell["source"] for cell in first.cells] == ["# Old", "x = 1\nx"]
    assert first.content == second.content
    nbformat.validate(nbformat.from_dict(first.content))


def test_a_damaged_old_notebook_is_bad_input() -> None:
    assert "cannot be converted" in refused({"nbformat": 3, "nbformat_minor": 0, "worksheets": 7}).message


def test_notebooks_of_format_4_0_get_ids_without_a_word() -> None:
    content = {**notebook(code("1", cell_id=""), code("1", cell_id="")), "nbformat_minor": 0}
    given = read_notebook(HERE, content)
    assert given.warnings == []
    assert len({cell["id"] for cell in given.cells}) == 2
    nbformat.validate(nbformat.from_dict(given.content))


def test_missing_and_repeated_ids_are_repaired_and_said() -> None:
    cells = [code("a", cell_id="x"), code("b", cell_id="x"), code("c", cell_id=""), code("d", cell_id="no good!")]
    given = read(*cells)
    ids = [cell["id"] for cell in given.cells]
    assert ids[0] == "x"
    assert len(set(ids)) == 4
    (warning,) = given.warnings
    assert "cell 2 had the id of another cell, cell 3 had no id, cell 4 had an id that is not valid" in warning
    assert [cell["id"] for cell in read(*cells).cells] == ids
    nbformat.validate(nbformat.from_dict(given.content))


def test_very_many_cells_without_ids_are_read() -> None:
    given = read(*[code("x", cell_id="")] * 20_000)
    assert len({cell["id"] for cell in given.cells}) == 20_000
    assert "and 19,997 more" in given.warnings[0]


@pytest.mark.parametrize("cells", [[], [text("only words")]])
def test_nothing_to_run_is_refused(cells: list[Any]) -> None:
    assert "no code cell: there is nothing to run" in refused(notebook(*cells)).message


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (7, "a cell must be an object"),
        ({**code("1"), "cell_type": "heading"}, "'heading' is no cell type"),
        ({**code("1"), "source": 5}, "`source` must be text"),
        ({**code("1"), "source": ["a", 5]}, "`source` must be text"),
        ({**code("1"), "metadata": []}, "`metadata` must be an object"),
    ],
)
def test_a_damaged_cell_is_named_by_its_number(cell: Any, words: str) -> None:
    error = refused(notebook(code("1"), cell))
    assert error.message == f"nb.ipynb, cell 2: {words}"
    assert str(error.field).startswith("cells[1]")


def test_kernel_and_language_come_from_the_metadata() -> None:
    given = read(code("1"), kernel="ir", language="R")
    assert (given.kernel, given.language) == ("ir", "r")
    bare = read_notebook(HERE, {**notebook(code("1")), "metadata": {}})
    assert (bare.kernel, bare.language) == ("python3", "python")
    info = read_notebook(HERE, {**notebook(code("1")), "metadata": {"language_info": {"name": "julia"}}})
    assert info.language == "julia"


@pytest.mark.parametrize("name", ["../x", "a b", "$(x)", 5, ["python3"], "x" * 300])
def test_a_kernel_name_that_is_none_is_refused(name: Any) -> None:
    content = {**notebook(code("1")), "metadata": {"kernelspec": {"name": name}}}
    assert refused(content).field == "metadata.kernelspec.name"


def test_what_earlier_executions_left_is_gone() -> None:
    cell = code("1", outputs=[{"output_type": "stream", "name": "stdout", "text": "1"}])
    cell["metadata"] = {"trusted": True, "execution": {"iopub.status.busy": "t"}, "tags": ["keep"], "scrolled": True}
    content = notebook(cell)
    content["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {"x": "<script>"}}}
    given = read_notebook(HERE, content)
    assert given.cells[0]["outputs"] == []
    assert given.cells[0]["execution_count"] is None
    assert given.cells[0]["metadata"] == {"tags": ["keep"], "scrolled": True}
    assert "widgets" not in given.content["metadata"]


def test_two_hundred_megabytes_of_outputs_do_not_stay(tmp_path: Path) -> None:
    path = tmp_path / "nb.ipynb"
    with path.open("w") as out:
        out.write('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code", "id": "a", ')
        out.write('"metadata": {}, "source": "1", "execution_count": 1, "outputs": [{"output_type": "stream", ')
        out.write('"name": "stdout", "text": "')
        for _ in range(200):
            out.write("x" * 1_000_000)
        out.write('"}]}]}')
    given = read_notebook(path)
    assert given.size > 200_000_000
    assert len(dump(given.content)) < 1000


@pytest.mark.parametrize("source", ["a\0b", "x = '\ud83d'", "\u202e\u2066evil", "\r\n\t\x1b[2J", "π = '€'", "a\r\nb"])
def test_hostile_sources_go_through_exactly(tmp_path: Path, source: str) -> None:
    path = save(tmp_path / "nb.ipynb", notebook(code(source)))
    given = read_notebook(path)
    assert given.cells[0]["source"] == source
    assert "".join(json.loads(dump(given.content))["cells"][0]["source"]) == source


def test_sources_in_lines_become_one_text() -> None:
    assert read(code(["a = 1\n", "b = 2"])).cells[0]["source"] == "a = 1\nb = 2"


def test_code_lists_the_code_cells_with_their_place() -> None:
    assert list(read(text("t"), code("a"), text("u"), code("b")).code()) == [(1, "a"), (3, "b")]


def test_dump_is_what_jupyter_writes() -> None:
    given = read(code("é"))
    assert dump(given.content) == (nbformat.writes(nbformat.from_dict(given.content)) + "\n").encode()
