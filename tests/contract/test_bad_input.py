"""Bad input: one clear line that says what to do, no traceback, and nothing else stops for it."""

import os
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from controller.wire.link import PahoLink, UndeliveredMessage
from controller.wire.signatures import Signer
from controller.wire.topics import Topics
from devices.agent.enrolment.enrol import enrol
from devices.agent.enrolment.identity import IdentityFiles
from devices.sim.client import SimBench
from tests.faults.conftest import Faults, badge
from tests.support.running_place import RunningPlace, running_place
from tests.support.tree import ROOT
from tests.support.until import until

pytestmark = pytest.mark.needs("mosquitto")

END_S = 180.0
CONFIG = """
[site]
id = "atelier"
name = "Atelier"
keys = "keys"
[database]
url = "sqlite:///loquet.db"
[mqtt]
port = 1
ca = "keys/ca.crt"
cert = "keys/hub.crt"
key = "keys/hub.key"
broker_dir = "broker"
[web]
bind = "127.0.0.1:0"
secret = "keys/web.secret"
[agent]
state_dir = "state"
"""


def loquet(folder: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "controller.cli", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=END_S,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
    )


def refused(folder: Path, *words: str, **environment: str) -> str:
    """The one line that a command that fails prints."""
    ended = loquet(folder, *words, **environment)
    assert ended.returncode == 1, ended
    (line,) = ended.stderr.splitlines()
    assert line.startswith("loquet")
    return line


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation that does not run."""
    folder = tmp_path_factory.mktemp("installation")
    (folder / "config.toml").write_text(CONFIG)
    assert loquet(folder, "init").returncode == 0
    return folder


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlace]:
    with running_place(tmp_path_factory.mktemp("place")) as running:
        yield running


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody else has."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port: int = other.getsockname()[1]
        yield port


def test_a_misspelt_key(made: Path) -> None:
    (made / "misspelt.toml").write_text(CONFIG.replace("bind", "bidn"))
    line = refused(made, "serve", "--config", "misspelt.toml")
    assert "misspelt.toml: unknown key 'bidn' in [web]; allowed: bind" in line


def test_a_pin_out_of_range(place: RunningPlace) -> None:
    """An agent that is enrolled, whose configuration somebody has edited."""
    config = place.state / "agents" / "atelier-bois" / "config.toml"
    edited = config.with_name("edited.toml")
    edited.write_text(
        config.read_text().replace('"pin" = 17', '"pin" = 99').replace("pin = 17", "pin = 99")
    )
    line = refused(edited.parent, "agent", "--config", str(edited))
    assert "pin" in line
    assert "perceuse" in line
    assert "27" in line


def test_a_port_that_is_taken(made: Path, taken: int, tmp_path: Path) -> None:
    line = refused(tmp_path, "demo", "--state", "state", "--port", str(taken))
    assert f"port {taken} on 127.0.0.1 is taken; choose another with --port" in line
    line = refused(made, "serve", LOQUET_WEB_BIND=f"127.0.0.1:{taken}")
    assert f"can't listen on 127.0.0.1:{taken}" in line


def test_no_mosquitto(tmp_path: Path) -> None:
    line = refused(tmp_path, "demo", "--state", "state", LOQUET_MOSQUITTO=str(tmp_path / "none"))
    assert "no Mosquitto found" in line
    assert "apt install mosquitto" in line


def test_a_database_from_a_newer_version(made: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer.db"
    with (
        closing(sqlite3.connect(made / "loquet.db")) as source,
        closing(sqlite3.connect(newer)) as db,
    ):
        source.backup(db)
        db.execute("DELETE FROM alembic_version")
        db.execute("INSERT INTO alembic_version VALUES ('9999')")
        db.commit()
    line = refused(made, "serve", LOQUET_DATABASE_URL=f"sqlite:///{newer}")
    assert "is at version 9999, newer than this program's" in line
    assert "install the newer Loquet" in line


def test_a_claim_code_that_has_expired(place: RunningPlace, made: Path) -> None:
    code = place.call("POST", "/agents/accueil/claim-code").json["claim_code"]
    with closing(sqlite3.connect(place.state / "loquet.db", timeout=30)) as db:
        db.execute("UPDATE claim_code SET expires_at = created_at")
        db.commit()
    line = refused(made, "enrol", "--url", place.url, "--code", code)
    assert "this claim code is unknown, used or expired; ask for a new one" in line


def test_another_installation_at_the_address(place: RunningPlace, made: Path) -> None:
    """It is not even told the code."""
    code = place.call("POST", "/agents/accueil/claim-code").json["claim_code"]
    chain = made / "chain.pem"
    parts = (made / "broker" / "server.crt", made / "keys" / "ca.crt")
    chain.write_text("".join(part.read_text() for part in parts))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, made / "broker" / "server.key")
    told: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as plain:

        def answer() -> None:
            with (
                suppress(OSError),  # the other one hangs up without a farewell
                context.wrap_socket(plain.accept()[0], server_side=True) as client,
            ):
                told.append(client.recv(1000))

        other = threading.Thread(target=answer)
        other.start()
        url = f"https://127.0.0.1:{plain.getsockname()[1]}"
        line = refused(made, "enrol", "--url", url, "--code", code)
        other.join(END_S)
    assert "its CA has another fingerprint" in line
    assert not any(told)


def test_a_member_file_with_a_broken_row(made: Path) -> None:
    rows = ("display_name,language", "Ada,fr", "Bob,klingon", "Cléo,en")
    (made / "members.csv").write_text("\n".join(rows))
    line = refused(made, "member", "import", "members.csv")
    assert "nothing imported: 1 problem(s); the first: line 3, column language" in line


def test_a_reader_that_is_unplugged_and_noise_on_its_wire(place: RunningPlace) -> None:
    """The fault is named, and over once the reader is back; noise stands in the agent's log."""
    with SimBench(place.ready["pins_socket"]) as bench:
        faults = Faults(place, bench)
        bench.do("cable", reader="plotter", plugged=False)
        until(lambda: _has(faults, "fault_raised", "reader_unplugged"), lambda: "no fault told")
        bench.do("cable", reader="plotter", plugged=True)
        until(lambda: _has(faults, "fault_reset", "reader_unplugged"), lambda: "it is not over")
        bench.do("send", reader="plotter", hex="02" + "47" * 12 + "03")
        log = place.state / "logs" / "agent-atelier-laser.log"
        until(lambda: "malformed frame" in log.read_text(), lambda: "nothing is said of noise")
        bench.do("tap", reader="plotter", credential=badge("Nadia Haddad"))
        until(lambda: faults.decided("plotter") == 1, lambda: "the reader is not heard any more")


def test_a_malformed_message(place: RunningPlace, tmp_path: Path) -> None:
    """From an agent that is enrolled: dropped, and the hub goes on with the others' events."""
    made = place.make("/agents", {"id": "broken", "name": {"en": "Broken"}})
    enrolled = enrol(place.url, made["claim_code"], tmp_path)
    files, up = IdentityFiles(tmp_path), threading.Event()
    taken: list[UndeliveredMessage] = []
    link = PahoLink(
        host=enrolled.mqtt.host,
        port=enrolled.mqtt.port,
        ca=files.ca,
        cert=files.certificate,
        key=files.key,
        client_id="broken",
        signer=Signer.load(files.key),
    )
    link.on_connection(lambda _: up.set())
    link.on_undelivered(taken.append)
    link.start()
    assert up.wait(END_S)
    topics = Topics(enrolled.site_id)
    for payload in (b"{", b"\xff", b"[]", b'{"v":1,"v":1}', b'{"v":1,"kind":"event_batch"}'):
        assert link.publish(topics.agent_events("broken"), payload)
    link.stop()
    assert taken == []
    with SimBench(place.ready["pins_socket"]) as bench:
        faults = Faults(place, bench)
        before = faults.decided("porte-principale")
        bench.do("tap", reader="porte-principale", credential=badge("Nadia Haddad"))
        until(lambda: faults.decided("porte-principale") > before, lambda: "the hub stands still")
    assert faults.events(agent="broken") == []
    assert "Traceback" not in (place.state / "logs" / "serve.log").read_text()


def _has(faults: Faults, kind: str, fault: str) -> bool:
    """Whether the plotter's agent has told so of that fault."""
    events = faults.events(access_point="plotter")
    return any(event["type"] == kind and event["data"]["fault"] == fault for event in events)
