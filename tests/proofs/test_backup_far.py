"""Backups by SFTP and to an S3, made by the real programs' protocols: `./run prove --long`."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from sqlite3 import connect
from threading import Event, Thread

import pytest

from controller.cli import main
from controller.store.backup import contents_of
from tests.cli.backup import CHANGED
from tests.peers.server import Server
from tests.peers.venv import bin_folder
from tests.proofs.upgrade import grow
from tests.support.filled import filled_place
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
    server.process.wait(60)


def test_by_sftp(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Through OpenSSH's own server, without a network between."""
    if not SFTP_SERVER.exists():
        pytest.skip("openssh-sftp-server is missing: apt install it")
    _there_and_back(
        request, tmp_path, f"sftp:nas:{tmp_path}/far", f'options = ["sftp.command={SFTP_SERVER}"]\n'
    )


def test_by_sftp_with_a_key_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is configured; a stand-in for ssh notes its words, and has OpenSSH's own server."""
    if not SFTP_SERVER.exists():
        pytest.skip("openssh-sftp-server is missing: apt install it")
    ssh = tmp_path / "bin/ssh"
    ssh.parent.mkdir()
    ssh.write_text(
        f'#!/bin/sh\nfor word; do echo "$word"; done >{tmp_path}/words; exec {SFTP_SERVER}\n'
    )
    ssh.chmod(0o700)
    monkeypatch.setenv("PATH", f"{ssh.parent}:/usr/bin:/bin")
    (tmp_path / "a place").mkdir()
    config = tmp_path / "a place/config.toml"
    config.write_text("")
    words = ["--json", "--config", str(config)]
    assert main(["backup", "init", f"sftp:loquet@nas.example:{tmp_path}/far", *words]) == 0
    password = json.loads(capsys.readouterr().out)["password"]
    keys = tmp_path / "a place/var/keys"
    assert (keys / "backup.password").read_text().strip() == password
    said = (tmp_path / "words").read_text().splitlines()
    assert "nas.example" in said
    assert said[said.index("-i") + 1] == str(keys / "backup-ssh.key")
    assert {f"UserKnownHostsFile={keys}/backup-ssh.hosts", "BatchMode=yes"} <= set(said)
    assert main(["backup", "list", *words]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_to_an_s3(request: pytest.FixtureRequest, tmp_path: Path, s3: str) -> None:
    """Its key comes from a file."""
    (tmp_path / "env").write_text("# of the NAS\nAWS_ACCESS_KEY_ID=a\nAWS_SECRET_ACCESS_KEY='b'\n")
    _there_and_back(request, tmp_path, s3, f'environment_file = "{tmp_path}/env"\n')


def test_a_busy_place_of_a_million_events_comes_back_elsewhere(
    request: pytest.FixtureRequest, tmp_path: Path, s3: str
) -> None:
    """By S3, while events are written; each table is the one of a moment, and others' are equal."""
    (tmp_path / "env").write_text("AWS_ACCESS_KEY_ID=a\nAWS_SECRET_ACCESS_KEY=b\n")
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    here.mkdir()
    words = ["--json", "--config", str(filled_place("sqlite", request, here))]
    with closing(connect(here / "var/loquet.db")) as db, db:
        grow(db)
    (elsewhere / "var").mkdir(parents=True)
    (elsewhere / "config.toml").write_text(
        f'database.url = "sqlite:///{elsewhere}/var/loquet.db"\n[site]\nid = "fabrique"\n'
    )
    for path in (here, elsewhere):
        with (path / "config.toml").open("a") as text:
            text.write(f'[backup]\nrepository = "{s3}"\npassword_file = "{tmp_path}/p"\n')
            text.write(f'environment_file = "{tmp_path}/env"\n')
    assert main(["backup", "init", *words]) == 0
    before = contents_of(f"sqlite:///{here}/var/loquet.db")
    with _written(here / "var/loquet.db") as written:
        assert main(["backup", *words]) == 0
    assert written, "it was not busy"
    there = ["--json", "--config", str(elsewhere / "config.toml")]
    assert main(["backup", "restore", "--yes", *there]) == 0
    after = contents_of(f"sqlite:///{elsewhere}/var/loquet.db")
    assert {name for name in before if before[name] != after[name]} <= CHANGED | {"event"}
    came = after["event"].rows - before["event"].rows
    assert 0 <= came <= len(written)
    print(f"{after['event'].rows} events, {came} of {len(written)} written meanwhile")
    assert main(["db", "check", *there]) == 0


@contextmanager
def _written(file: Path) -> Iterator[list[int]]:
    """One event after another, by a process's own thread; how many there were."""
    written: list[int] = []
    ends = Event()

    def write() -> None:
        with closing(connect(file, timeout=60)) as db:
            columns = [row[1] for row in db.execute("PRAGMA table_info(event)")]
            (last,) = db.execute("SELECT max(seq) FROM event WHERE stream_no = 999").fetchone()
            while not ends.is_set():
                new = last + 2 * (len(written) + 1)
                own = {"seq": f"{new}", "id_high": f"{new}", "id_low": f"{new}", "id": "NULL"}
                values = ", ".join(own.get(name, name) for name in columns)
                one = "FROM event WHERE stream_no = 999 LIMIT 1"
                with db:
                    db.execute(f"INSERT INTO event SELECT {values} {one}")
                written.append(new)

    thread = Thread(target=write)
    thread.start()
    try:
        yield written
    finally:
        ends.set()
        thread.join()


def _there_and_back(
    request: pytest.FixtureRequest, folder: Path, repository: str, more: str
) -> None:
    config = filled_place("sqlite", request, folder)
    with config.open("a") as text:
        text.write(f'[backup]\nrepository = "{repository}"\npassword_file = "{folder}/p"\n{more}')
    words = ["--json", "--config", str(config)]
    for action in (["backup", "init"], ["backup"], ["backup", "verify"]):
        assert main([*action, *words]) == 0
    assert main(["backup", "restore", "--yes", *words]) == 0
    assert list((folder / "var").glob("loquet.db.before-*"))
