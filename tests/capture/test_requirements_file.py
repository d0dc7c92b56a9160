"""A requirements file means the same on the machine, or the line that would not is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlx.capture.requirements_file import read_requirements
from jupyter_mlx.errors import InputError, LimitError, NotFoundError

from .notebooks import put


def lines(root: Path, content: str | bytes) -> list[str]:
    return read_requirements(put(root, "requirements.txt", content), root)


def refused(root: Path, content: str | bytes) -> InputError:
    with pytest.raises(InputError) as caught:
        lines(root, content)
    assert caught.value.field == "environment"
    return caught.value


def test_requirements_markers_and_comments(tmp_path: Path) -> None:
    content = """\
    # what we need
    numpy>=1.26  # arrays
    pandas[parquet]==2.2.2; python_version >= "3.9"

    six @ https://example.org/six-1.16-py3-none-any.whl
    own @ git+https://example.org/own.git@0123abc#subdirectory=py
    torch \\
       == 2.4
    """
    assert lines(tmp_path, content) == [
        "numpy>=1.26",
        'pandas[parquet]==2.2.2; python_version >= "3.9"',
        "six @ https://example.org/six-1.16-py3-none-any.whl",
        "own @ git+https://example.org/own.git@0123abc#subdirectory=py",
        "torch == 2.4",
    ]


def test_hashes_stay_one_a_line(tmp_path: Path) -> None:
    content = (
        f"six==1.16 --hash=sha256:{'a' * 64} \\\n    --hash=sha256:{'b' * 64}\nnumpy==2.0 --hash=sha256:{'c' * 64}\n"
    )
    assert lines(tmp_path, content) == [
        "six==1.16 \\",
        f"    --hash=sha256:{'a' * 64} \\",
        f"    --hash=sha256:{'b' * 64}",
        "numpy==2.0 \\",
        f"    --hash=sha256:{'c' * 64}",
    ]


def test_what_comes_out_reads_as_what_went_in(tmp_path: Path) -> None:
    content = f"-i https://pypi.org/simple\nsix==1.16 --hash=sha256:{'a' * 64} --hash=sha256:{'b' * 64}\nnumpy\n"
    first = lines(tmp_path, content)
    assert lines(tmp_path, "\n".join(first)) == first


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    assert lines(tmp_path, b"\xef\xbb\xbfsix\r\nnumpy\\\r\n==2.0\r\n") == ["six", "numpy ==2.0"]


def test_options_an_installer_has_too(tmp_path: Path) -> None:
    content = "--pre\n-i https://pypi.org/simple\n--extra-index-url=https://x.org/whl\n--only-binary :all:\nsix\n"
    assert lines(tmp_path, content) == [line for line in content.split("\n") if line]


def test_includes_stand_in_place(tmp_path: Path) -> None:
    put(tmp_path, "env/base.txt", "six\n-r ../more/deep.txt\n")
    put(tmp_path, "more/deep.txt", "numpy\n")
    assert lines(tmp_path, "-r env/base.txt\n--requirement=more/deep.txt\npandas\n") == [
        "six",
        "numpy",
        "numpy",
        "pandas",
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("six\n-r other.txt", "requirements.txt:2: -r other.txt does not exist"),
        ("-r requirements.txt", "requirements.txt:1: -r requirements.txt includes itself"),
        ("-r ../out.txt", "-r ../out.txt is outside of the project"),
        ("-r /etc/passwd", "-r /etc/passwd is outside of the project"),
        ("-r https://x.org/r.txt", "is outside of the project"),
        ("-e .", "-e (an editable install) is not supported"),
        ("--editable=git+https://x.org/a", "--editable (an editable install) is not supported"),
        ("-c limits.txt", "-c (a constraints file) is not supported"),
        ("--trusted-host x", "--trusted-host (a host without a certificate)"),
        ("--no-such-thing", "--no-such-thing (an option that is not known here)"),
        ("./wheels/a.whl", "lies on this computer"),
        ("a.whl", "lies on this computer"),
        ("/opt/a", "lies on this computer"),
        ("a @ file:///opt/a", "lies on this computer"),
        ("--find-links ./wheels", "lies on this computer"),
        ("https://x.org/a.whl", "a bare URL"),
        ("git+https://x.org/a", "a bare URL"),
        ("a @ git+ssh://git@x.org/a", "git+ssh is not supported"),
        ("a @ https://me:secret@x.org/a.whl", "user name or a password"),
        ("--extra-index-url https://token@x.org/simple\nsix", "user name or a password"),
        ("-i https://me:secret@x.org/simple\nsix", "user name or a password"),
        ("not a requirement!", "is no requirement"),
        ("six=1.0", "is no requirement"),
        ("$(touch x)", "is no requirement"),
        ("", "asks for nothing"),
        ("# only words\n--pre\n", "asks for nothing"),
        (b"six\xff", "is not UTF-8"),
    ],
)
def test_what_does_not_travel_is_refused_by_name(tmp_path: Path, content: str | bytes, words: str) -> None:
    error = refused(tmp_path, content)
    assert words in error.message
    assert "secret" not in error.message
    assert "token" not in error.message


def test_a_loop_of_includes_is_named(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "-r b.txt")
    put(tmp_path, "b.txt", "six\n-r a.txt")
    assert f"{tmp_path}/b.txt:2: -r a.txt includes itself" in refused(tmp_path, "-r a.txt").message


def test_includes_that_double_at_each_step_are_a_limit(tmp_path: Path) -> None:
    put(tmp_path, "r0.txt", "six\n" * 100)
    for step in range(1, 40):
        put(tmp_path, f"r{step}.txt", f"-r r{step - 1}.txt\n-r r{step - 1}.txt\n")
    with pytest.raises(LimitError, match="more than 5,000 lines"):
        lines(tmp_path, "-r r39.txt")


def test_sizes_are_limited(tmp_path: Path) -> None:
    with pytest.raises(LimitError, match="larger than"):
        lines(tmp_path, b"#" * 2_000_000)
    with pytest.raises(LimitError, match="more than 5,000 lines"):
        lines(tmp_path, "six\n" * 6000)


def test_a_folder_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").mkdir()
    with pytest.raises(NotFoundError, match="is not a file"):
        read_requirements(tmp_path / "requirements.txt", tmp_path)
