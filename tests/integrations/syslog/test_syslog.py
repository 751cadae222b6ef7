"""Audit and alarms reach a log server as RFC 5424 has it: all of them, again where it was away."""

import socket
import ssl
import tempfile
from pathlib import Path

import pytest

from controller.capabilities.agents.web_authority import WebAuthority
from controller.kernel.models import AuditEntry
from controller.settings import SettingsError, SyslogSettings
from controller.settings.reading import load
from tests.integrations.syslog.log_server import LogServer, a_log_server, frames, parsed
from tests.integrations.syslog.syslog import Place
from tests.integrations.syslog.syslog import place as place
from tests.webui.conftest import NOW, clock, database

__all__ = ["clock", "database"]
SECRET = "Madame Lefèvre asked for it"  # what a person wrote


def begun(place: Place, server: LogServer) -> SyslogSettings:
    """From now on it is told."""
    settings = SyslogSettings(to=server.url)
    assert place.told(settings) == 0
    assert server.messages == [], "history went out"
    return settings


def test_each_entry_of_the_audit_comes_once_and_holds_the_chain(place: Place) -> None:
    place.act("before")
    with a_log_server() as server:
        settings = begun(place, server)
        place.act("badge_blocked", reason=SECRET, level=2)
        for number in range(450):
            place.act(f"act_{number}")
        assert place.told(settings) == 0
        assert place.told(settings) == 0, "nothing is new, and nothing is sent"
    told = server.of("audit")
    assert [item["action"] for item in told] == [
        "badge_blocked",
        *(f"act_{number}" for number in range(450)),
    ]
    with place.database.read() as db:
        for event in told:
            assert event["hash"] == db.get_one(AuditEntry, event["seq"]).hash
    assert {(message["facility"], message["severity"]) for message in server.messages} == {(13, 5)}
    assert told[0]["detail"]["level"] == 2
    assert "Lefèvre" not in str(server.messages), "what a person wrote can't be forgotten there"


def test_alarms_come_as_they_are_raised_taken_and_over(place: Place) -> None:
    with a_log_server() as server:
        settings = begun(place, server)
        grave, other = place.alarm(), place.alarm("agent_away")
        place.told(settings)
        place.change(grave, taken_at=place.clock(), taken_by="account:boss")
        place.told(settings)
        place.change(grave, cleared_at=place.clock())
        place.told(settings)
    said = [
        (message["told"]["id"], message["told"]["state"], message["severity"])
        for message in server.messages
    ]
    assert said == [
        (grave, "raised", 2),
        (other, "raised", 4),
        (grave, "taken", 6),
        (grave, "over", 5),
    ]
    assert {message["facility"] for message in server.messages} == {14}
    assert "boss" not in str(server.messages)


def test_while_the_server_is_away_nothing_is_lost_and_it_is_told_afterwards(place: Place) -> None:
    with a_log_server() as server:
        settings = begun(place, server)
    place.act("while_away")
    alarm = place.alarm()
    assert place.told(settings) == 1
    assert place.told(settings) == 2
    with a_log_server(port=int(server.url.rpartition(":")[2])) as again:
        assert place.told(settings) == 0
    assert [item["action"] for item in again.of("audit")] == ["while_away"]
    assert [item["id"] for item in again.of("alarm")] == [alarm]


def test_over_tls_only_a_server_that_is_known_is_told(place: Place, tmp_path: Path) -> None:
    authority = WebAuthority.create("town", ["127.0.0.1", "loquet.local"], NOW)
    authority.save(tmp_path)
    chain, key = authority.issue(["localhost", "127.0.0.1"], NOW)
    (tmp_path / "server.crt").write_text(chain)
    (tmp_path / "server.key").write_bytes(key)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
    with a_log_server(context) as server:
        trusting = SyslogSettings(to=server.url, ca=str(tmp_path / "web-ca.crt"))
        place.told(trusting)
        place.act()
        assert place.told(SyslogSettings(to=server.url)) == 1, "a stranger was told"
        assert server.messages == []
        assert place.told(trusting) == 0
        assert [item["action"] for item in server.of("audit")] == ["badge_blocked"]


def test_a_local_socket_is_told_too(place: Place) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,  # a socket's path is short
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as local,
    ):
        local.bind(f"{folder}/log")
        settings = SyslogSettings(to=f"unix:{folder}/log")
        place.told(settings)
        place.act()
        assert place.told(settings) == 0
        assert parsed(local.recv(65536))["told"]["action"] == "badge_blocked"


def test_nothing_is_sent_where_none_is_named(place: Place) -> None:
    place.act()
    assert place.told(SyslogSettings()) == 0


@pytest.mark.parametrize("wrong", ["logs.example", "udp://logs:514", "tcp://logs", "unix:log"])
def test_what_is_no_address_of_a_log_server_is_said(tmp_path: Path, wrong: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f'[syslog]\nto = "{wrong}"\n')
    with pytest.raises(SettingsError, match=r"syslog\.to"):
        load(file, {})


@pytest.mark.parametrize(
    "message",
    [
        b"<13>Nov 28 10:00:00 host loquet: old",
        b'<109>1 2026-11-28T10:00:00.1234567Z h loquet - audit - {"a":1}',
        b'<200>1 2026-11-28T10:00:00Z h loquet - audit - {"a":1}',
    ],
)
def test_the_server_of_this_test_is_strict(message: bytes) -> None:
    with pytest.raises(AssertionError):
        parsed(message)
    with pytest.raises(AssertionError):
        list(frames(b"5 abc"))
