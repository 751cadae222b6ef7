"""What systemd is told, and when it is told nothing."""

import socket
from pathlib import Path

import pytest

from controller.systemd import ALIVE, READY, Watchdog, notify


def test_systemd_is_told_where_it_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify(READY)
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(path))
        server.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        notify(READY)
        assert server.recv(100) == b"READY=1"
    monkeypatch.setenv("NOTIFY_SOCKET", "@loquet-nobody-listens")
    notify(ALIVE)


def test_it_is_ready_and_alive_once_every_loop_has_gone_round() -> None:
    said: list[str] = []
    watchdog = Watchdog(said.append)
    web, hub = watchdog.loop("web"), watchdog.loop("hub")
    web()
    web()
    assert said == [], "the hub has not gone round yet"
    hub()
    assert said == [READY, ALIVE]
    hub()
    assert said == [READY, ALIVE], "the web has not gone round since"
    web()
    assert said == [READY, ALIVE, ALIVE]


def test_one_loop_that_hangs_silences_it_however_fast_the_others_are() -> None:
    said: list[str] = []
    watchdog = Watchdog(said.append)
    web, hub = watchdog.loop("web"), watchdog.loop("hub")
    web()
    hub()
    del said[:]
    for _ in range(100):
        web()
    assert said == []
