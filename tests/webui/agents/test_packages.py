"""A Pi without Loquet gets the agent's package from the controller, by one line."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from werkzeug.serving import make_server

from controller.kernel.database import Database
from controller.settings import WebSettings
from tests.support.clock import Clock
from tests.webui.conftest import make_app
from webui.agents.packages import install_line

HERE = subprocess.check_output(["dpkg", "--print-architecture"], text=True).strip()
SUDO = '#!/bin/sh\necho "$@"; cat loquet-agent_*.deb\n'
"""Says what it would run as root, and on which package."""


@pytest.fixture
def web(database: Database, clock: Clock, tmp_path: Path) -> Iterator[WebSettings]:
    """Of a server that runs, with a folder of packages that is empty yet."""
    packages = tmp_path / "packages"
    packages.mkdir()
    app = make_app(database, clock, agent_packages=str(packages))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield WebSettings(
        public_url=f"http://127.0.0.1:{server.server_port}", agent_packages=str(packages)
    )
    server.shutdown()


def put_package(web: WebSettings, version: str, architecture: str, text: str) -> None:
    (Path(web.agent_packages) / f"loquet-agent_{version}_{architecture}.deb").write_text(text)


def run_line(line: str, home: Path) -> subprocess.CompletedProcess[str]:
    """As on a Pi that has no Loquet; nothing runs as root."""
    home.mkdir()
    sudo = home / "sudo"
    sudo.write_text(SUDO)
    sudo.chmod(0o755)
    environment = {"PATH": f"{home}:{os.environ['PATH']}", "HOME": str(home)}
    return subprocess.run(
        ["bash", "-c", line], env=environment, capture_output=True, text=True, check=False
    )


def test_the_line_installs_the_newest_package_of_the_pis_architecture(
    web: WebSettings, tmp_path: Path
) -> None:
    assert install_line(web) == ""
    put_package(web, "1.0.0", HERE, "old")
    put_package(web, "1.0.1", HERE, "new")
    put_package(web, "1.0.1", {"amd64": "arm64"}.get(HERE, "amd64"), "another computer's")
    done = run_line(install_line(web), tmp_path / "pi")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"apt install ./loquet-agent_{HERE}.deb\nnew")


def test_a_package_that_is_not_the_one_of_the_line_is_not_installed(
    web: WebSettings, tmp_path: Path
) -> None:
    put_package(web, "1.0.0", HERE, "a package")
    line = install_line(web)
    put_package(web, "1.0.0", HERE, "another one")
    done = run_line(line, tmp_path / "pi")
    assert done.returncode != 0
    assert "apt install" not in done.stdout
    assert "FAILED" in done.stdout


def test_there_is_none_for_an_architecture_that_has_no_package(
    web: WebSettings, tmp_path: Path
) -> None:
    put_package(web, "1.0.0", {"amd64": "arm64"}.get(HERE, "amd64"), "another computer's")
    done = run_line(install_line(web), tmp_path / "pi")
    assert done.returncode != 0
    assert "404" in done.stderr
    assert "apt install" not in done.stdout
