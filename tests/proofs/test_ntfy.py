"""An alarm reaches a real ntfy server; a refused one is shown with its target."""

import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from controller.kernel.database import Database
from tests.integrations.chat.chat import add, alarm, health, running
from tests.support.broker import Authority
from tests.support.clock import Clock
from tests.support.programs import free_port
from tests.support.tree import ROOT
from tests.support.until import until
from tests.webui.conftest import SITE, clock, database

__all__ = ["clock", "database"]

pytestmark = pytest.mark.long


def the_program() -> Path:
    """Debian's ntfy, unpacked into the cache folder."""
    folder = ROOT / ".cache" / "ntfy"
    found = folder / "usr" / "bin" / "ntfy"
    if not found.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", "ntfy"], cwd=folder, check=True, capture_output=True)
        (package,) = folder.glob("ntfy_*.deb")
        subprocess.run(["dpkg", "-x", package.name, "."], cwd=folder, check=True)
    return found


@pytest.fixture
def ntfy(tmp_path: Path) -> Iterator[str]:
    """The server, in which everybody may read and write but the topic `closed`; its address."""
    at = f"127.0.0.1:{free_port()}"
    config = tmp_path / "server.yml"
    config.write_text(
        f'base-url: "http://{at}"\nlisten-http: "{at}"\ncache-file: "{tmp_path}/cache.db"\n'
        f'auth-file: "{tmp_path}/user.db"\nauth-default-access: "read-write"\n'
    )
    program = str(the_program())
    with subprocess.Popen(
        [program, "serve", "--config", str(config)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            until(lambda: is_up(at), "ntfy answers")
            closed = [program, "access", "--config", str(config), "everyone", "closed", "deny"]
            subprocess.run(closed, check=True, capture_output=True)
            yield at
        finally:
            process.kill()


@pytest.fixture
def of_its_own(tmp_path: Path) -> Iterator[str]:
    """One with a certificate that nobody vouches for; its address."""
    Authority(tmp_path).issue("ntfy")
    at = f"127.0.0.1:{free_port()}"
    config = tmp_path / "tls.yml"
    config.write_text(
        f'base-url: "https://{at}"\nlisten-http: "-"\nlisten-https: "{at}"\n'
        f'key-file: "{tmp_path}/ntfy.key"\ncert-file: "{tmp_path}/ntfy.pem"\n'
    )
    with subprocess.Popen(
        [str(the_program()), "serve", "--config", str(config)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            until(lambda: is_there(at), "ntfy listens")
            yield at
        finally:
            process.kill()


def is_there(at: str) -> bool:
    host, _, port = at.partition(":")
    with socket.socket() as line:
        return line.connect_ex((host, int(port))) == 0


def test_a_wrong_certificate_is_said_and_nothing_is_told_it(
    database: Database, clock: Clock, of_its_own: str
) -> None:
    key = add(database, f"ntfys://{of_its_own}/astreinte")
    with running(database, clock):
        alarm(database)
        until(lambda: health(database, key)[0] > 0, "the refusal is shown")
    print("ntfy with a certificate of its own:", health(database, key)[1])
    assert "certificate verify failed" in (health(database, key)[1] or "")


def is_up(at: str) -> bool:
    try:
        return requests.get(f"http://{at}/v1/health", timeout=5).ok
    except requests.ConnectionError:
        return False


def test_an_alarm_reaches_who_listens(database: Database, clock: Clock, ntfy: str) -> None:
    key = add(database, f"ntfy://{ntfy}/astreinte")
    lost = add(database, f"ntfy://{ntfy}/closed")
    with running(database, clock):
        told = alarm(database)
        until(lambda: health(database, lost)[0] == 1, "the refusal is shown")
        until(lambda: is_told(ntfy), "it has come")
    assert health(database, key) == (0, None)
    assert "403" in (health(database, lost)[1] or "")
    (message,) = messages(ntfy)
    assert message["title"] == "Porte forcée, box (La Fabrique)"
    assert f"/s/{SITE}/chat/alarms/{told}" in message["message"]


def messages(at: str) -> list[dict[str, str]]:
    answer = requests.get(f"http://{at}/astreinte/json?poll=1", timeout=5)
    return [json.loads(line) for line in answer.text.splitlines()]


def is_told(at: str) -> bool:
    return bool(messages(at))
