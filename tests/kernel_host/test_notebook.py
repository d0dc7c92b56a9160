"""The code cells of a run's notebook."""

from __future__ import annotations

import json

import pytest

from jupyter_mlx.kernel_host.notebook import SourceCell, read_cells
from jupyter_mlx.runner.blobs import BlobStore


@pytest.fixture
def read(tmp_path):
    store = BlobStore(str(tmp_path))

    def read(content: object, **spec):
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        return read_cells(store, {"notebook_blob": store.put(data), **spec})

    return read


def test_code_cells_by_their_index(read) -> None:
    cells = [
        {"cell_type": "markdown", "source": "# Text"},
        {"cell_type": "code", "source": ["a\n", "b"], "id": "own", "metadata": {"tags": ["raises-exception", 3]}},
        {"cell_type": "code", "source": "c", "metadata": None},
        {"cell_type": "raw", "source": "d"},
        "no cell",
        {"cell_type": "code"},
    ]
    found = read({"cells": cells}, cells=[{"index": 2, "id": "from-spec"}])
    assert found == {
        1: SourceCell(1, "own", "a\nb", frozenset({"raises-exception", "3"})),
        2: SourceCell(2, "from-spec", "c", frozenset()),
        5: SourceCell(5, "5", "", frozenset()),
    }
    assert [found[n].may_fail for n in (1, 2)] == [True, False]
    assert [found[n].empty for n in (1, 2, 5)] == [False, False, True]


def test_tagged_and_blank_cells_are_empty() -> None:
    assert SourceCell(0, "a", "1/0", frozenset({"skip-execution"})).empty
    assert SourceCell(0, "a", " \n\t", frozenset()).empty


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b'{"cells": 3}', b'{"worksheets": []}', b"\xff", b"[" * 100_000]
)
def test_what_is_no_notebook_is_refused(content, read) -> None:
    with pytest.raises(ValueError, match=r"notebook|Expecting|codec|column"):
        read(content)


@pytest.mark.parametrize("blob", [None, "", "../../etc/passwd", "0" * 64, 3])
def test_a_blob_that_is_not_there(blob, tmp_path) -> None:
    with pytest.raises(ValueError, match=r"notebook|sha256"):
        read_cells(BlobStore(str(tmp_path)), {"notebook_blob": blob})
