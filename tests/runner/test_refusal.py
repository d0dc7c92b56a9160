from __future__ import annotations

import errno

import pytest

from jupyter_mlx.errors import NoSpaceError, error_from, error_types
from jupyter_mlx.runner.names import UnsafeNameError
from jupyter_mlx.runner.refusal import Refusal, refusal_for


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (Refusal("conflict", "no", "hint", "field"), "conflict", "no"),
        (UnsafeNameError("'..' is not a file name"), "input", "not a file name"),
        (OSError(errno.ENOSPC, "No space left on device", "/x/y"), "no_space", "no space left on the machine at /x/y"),
        (OSError(errno.EDQUOT, "Quota exceeded"), "no_space", "quota is used up"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), "machine", "Permission denied (/x)"),
        (RuntimeError("boom"), "machine", "RuntimeError: boom"),
        (OSError(), "machine", "OSError"),
    ],
)
def test_every_failure_has_a_code_of_the_tree_and_says_what(error, code, says, tmp_path):
    found = refusal_for(error, str(tmp_path))
    assert found.code == code and found.code in error_types()
    assert says in found.message


def test_a_full_disk_says_how_much_is_left_and_what_to_do(tmp_path):
    found = refusal_for(OSError(errno.ENOSPC, "x"), str(tmp_path))
    assert "MiB and" in found.message and str(tmp_path) in found.message and found.hint
    error = error_from(found.as_dict())
    assert isinstance(error, NoSpaceError) and error.hint == found.hint
    assert "no space" in refusal_for(OSError(errno.ENOSPC, "x"), "/does/not/exist").message
    assert ": 5000 bytes did not fit, " in refusal_for(OSError(errno.ENOSPC, "x"), str(tmp_path), 5000).message
