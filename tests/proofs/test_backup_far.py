"""Backups by SFTP and to an S3, made by the real programs' protocols: `./run prove --long`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.cli import main
from tests.peers.server import Server
from tests.peers.venv import bin_folder
from tests.support.frozen import frozen
from tests.support.programs import free_port

pytestmark = [pytest.mark.long, pytest.mark.timeout(900), pytest.mark.needs("restic")]
SFTP_SERVER = Path("/usr/lib/openssh/sftp-server")


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[str]:
    """A server of its own, with nothing in it."""
    port = free_port()
    command = [str(bin_folder("s3") / "python"), "-m", "moto.server", "-p", str(port)]
    server = Server(command, port, tmp_path / "s3.log")
    server.until("/moto-api/data.json", lambda _answer: True)
    yield f"s3:http://127.0.0.1:{port}/loquet"
    server.process.terminate()
    server.process.wait(20)


def test_by_sftp(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Through OpenSSH's own server, without a network between."""
    if not SFTP_SERVER.exists():
        pytest.skip("openssh-sftp-server is missing: apt install it")
    _there_and_back(
        request, tmp_path, f"sftp:nas:{tmp_path}/far", f'options = ["sftp.command={SFTP_SERVER}"]\n'
    )


def test_to_an_s3(request: pytest.FixtureRequest, tmp_path: Path, s3: str) -> None:
    """Its key comes from a file."""
    (tmp_path / "env").write_text("# of the NAS\nAWS_ACCESS_KEY_ID=a\nAWS_SECRET_ACCESS_KEY='b'\n")
    _there_and_back(request, tmp_path, s3, f'environment_file = "{tmp_path}/env"\n')


def _there_and_back(
    request: pytest.FixtureRequest, folder: Path, repository: str, more: str
) -> None:
    config = frozen("sqlite", request, folder)
    with config.open("a") as text:
        text.write(f'[backup]\nrepository = "{repository}"\npassword_file = "{folder}/p"\n{more}')
    words = ["--json", "--config", str(config)]
    for action in (["upgrade"], ["backup", "init"], ["backup"], ["backup", "verify"]):
        assert main([*action, *words]) == 0
    assert main(["backup", "restore", "--yes", *words]) == 0
    assert list((folder / "var").glob("loquet.db.before-*"))
