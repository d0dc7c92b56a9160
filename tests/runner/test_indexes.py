"""Package indexes: pip's own configuration as pip reads it, handed to uv in uv's words."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_mlx.runner import indexes
from jupyter_mlx.runner.indexes import pip_settings, uv_variables


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An SSH session's variables with a home of its own and no system files."""
    return {"HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path / "none"), "PATH": os.environ["PATH"]}


@pytest.fixture(autouse=True)
def _no_system_file(monkeypatch: pytest.MonkeyPatch) -> None:
    real = indexes._read
    monkeypatch.setattr(indexes, "_read", lambda path: {} if path == "/etc/pip.conf" else real(path))


def configure(environ: dict[str, str], text: str, where: str = ".config/pip/pip.conf") -> None:
    path = Path(environ["HOME"], where)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_nothing_configured_uses_the_systems_certificates(environ: dict[str, str]) -> None:
    found = uv_variables(environ)
    assert found["UV_SYSTEM_CERTS"] == found["UV_NATIVE_TLS"] == "1"
    assert set(found) <= {"UV_SYSTEM_CERTS", "UV_NATIVE_TLS", "SSL_CERT_FILE"}


def test_everything_configured(environ: dict[str, str]) -> None:
    configure(
        environ,
        "[global]\nindex-url = https://index.example/simple\ncert = /etc/ca.pem\nproxy = http://proxy:3128\n"
        "extra_index_url =\n    https://one.example/simple\n    https://two.example/simple\n"
        "[install]\nfind-links = /etc /no/such https://links.example/\n"
        "trusted-host = one.example\n    two.example\nno-index = true\n",
    )
    found = uv_variables(environ)
    assert found["UV_DEFAULT_INDEX"] == "https://index.example/simple"
    assert found["UV_EXTRA_INDEX_URL"] == "https://one.example/simple https://two.example/simple"
    assert found["UV_INDEX_STRATEGY"] == "unsafe-best-match"
    assert found["UV_FIND_LINKS"] == "/etc,https://links.example/"
    assert found["UV_INSECURE_HOST"] == "one.example two.example"
    assert found["UV_NO_INDEX"] == "1"
    assert found["SSL_CERT_FILE"] == "/etc/ca.pem"
    assert found["HTTPS_PROXY"] == "http://proxy:3128"


def test_later_sources_win(environ: dict[str, str]) -> None:
    configure(environ, "[global]\nindex-url = https://old\n", ".pip/pip.conf")
    assert pip_settings(environ)["index-url"] == "https://old"
    configure(environ, "[global]\nindex-url = https://user\n")
    assert pip_settings(environ)["index-url"] == "https://user"
    configure(environ, "[global]\nindex-url = https://named\n", "named.conf")
    environ["PIP_CONFIG_FILE"] = str(Path(environ["HOME"], "named.conf"))
    assert pip_settings(environ)["index-url"] == "https://named"
    environ["PIP_INDEX_URL"] = "https://variable"
    assert pip_settings(environ)["index-url"] == "https://variable"
    del environ["PIP_INDEX_URL"]
    environ["PIP_CONFIG_FILE"] = os.devnull
    assert "index-url" not in pip_settings(environ)


def test_what_is_set_already_is_left_alone(environ: dict[str, str]) -> None:
    configure(environ, "[global]\nindex-url = https://file\nproxy = http://file\n")
    environ.update(UV_DEFAULT_INDEX="https://mine", SSL_CERT_FILE="/mine.pem", https_proxy="http://mine")
    found = uv_variables(environ)
    assert not {"UV_DEFAULT_INDEX", "SSL_CERT_FILE", "HTTPS_PROXY"} & set(found)


@pytest.mark.parametrize(
    "text",
    ["no section", "[global\nx", "[global]\nindex-url", "\x00", "[global]\nindex-url = %(x)s\n", "[other]\nx = 1\n"],
)
def test_a_broken_file_is_no_trouble_of_a_run(environ: dict[str, str], text: str) -> None:
    configure(environ, text)
    assert set(pip_settings(environ)) <= {"index-url"}


def test_a_file_that_is_no_text(environ: dict[str, str]) -> None:
    path = Path(environ["HOME"], ".config/pip/pip.conf")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\xff\xfe[global]\n")
    assert pip_settings(environ) == {}


def test_we_read_what_pip_reads(environ: dict[str, str]) -> None:
    configure(environ, "[global]\nindex-url = https://user\n[install]\nfind-links =\n    /a\n    /b\n")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], env=environ, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("no pip here")
    assert "https://user" in done.stdout
    assert pip_settings(environ) == {"index-url": "https://user", "find-links": "/a /b"}
