"""The code that travels: complete, the same each time, and only that."""

import hashlib
import io
import zipfile
from pathlib import Path

import jupyter_mlx
from jupyter_mlx.link.runner_zip import runner_zip


def test_it_is_named_by_its_content_and_made_the_same_each_time() -> None:
    first = runner_zip()
    runner_zip.cache_clear()
    assert runner_zip() == first
    assert first.digest == hashlib.sha256(first.data).hexdigest()


def test_it_holds_the_travelling_packages_and_nothing_else() -> None:
    package = Path(jupyter_mlx.__file__).parent
    expected = {
        f"jupyter_mlx/{path.relative_to(package).as_posix()}"
        for name in ("runner", "kernel_host")
        for path in (package / name).rglob("*.py")
    }
    with zipfile.ZipFile(io.BytesIO(runner_zip().data)) as archive:
        assert set(archive.namelist()) == expected | {"__main__.py", "jupyter_mlx/__init__.py"}
        assert archive.read("jupyter_mlx/__init__.py") == b""
