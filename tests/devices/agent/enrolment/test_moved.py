"""A controller that has moved is followed: told by its renewals, found on the network, or said."""

import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from controller.cli import main
from controller.domain.time import Utc
from devices.agent.enrolment.controller_api import EnrolError
from devices.agent.enrolment.enrol import enrol
from devices.agent.enrolment.identity import Identity, MqttAddress
from devices.agent.enrolment.renewal import SEARCH_AFTER, Renewal, renew
from tests.devices.agent.enrolment.agent_controller import Controller
from tests.support.programs import free_port

NOW = Utc.parse("2026-11-30T12:00:00.000Z")


@pytest.fixture
def moved(tmp_path: Path) -> Iterator[Controller]:
    """It answers here, and boxes know it elsewhere."""
    controller = Controller(tmp_path, tls=True)
    yield controller
    controller.close()


@pytest.fixture
def broker() -> Iterator[int]:
    """Its port is open."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def state(moved: Controller, tmp_path: Path) -> Path:
    """An agent's, which knows the address of before."""
    folder = tmp_path / "state"
    enrol(moved.url, moved.code, folder)
    rewritten(folder, url="https://old.example")
    return folder


def rewritten(folder: Path, **changes: Any) -> None:
    file = folder / "enrolment.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def at(port: int) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": port}


def test_a_renewal_at_another_address_is_kept_with_the_brokers(
    moved: Controller, state: Path, broker: int
) -> None:
    moved.changes = {"mqtt": at(broker)}
    identity = Identity.load(state)
    renew(identity, moved.url)
    for enrolment in (identity.enrolment, Identity.load(state).enrolment):
        assert (enrolment.url, enrolment.mqtt) == (moved.url, MqttAddress("127.0.0.1", broker))


def test_a_broker_that_does_not_answer_is_not_gone_to(moved: Controller, state: Path) -> None:
    moved.changes = {"mqtt": at(free_port())}
    identity = Identity.load(state)
    before = identity.enrolment.mqtt
    renew(identity, moved.url)
    assert identity.enrolment.mqtt == Identity.load(state).enrolment.mqtt == before


def test_another_place_at_that_address_is_not_followed(state: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Controller(tmp_path / "other", tls=True)
    with pytest.raises(EnrolError, match="certificate verify failed"):
        renew(Identity.load(state), other.url)
    other.close()
    assert Identity.load(state).enrolment.url == "https://old.example"


def test_it_is_looked_for_on_the_network_once_no_broker_was_there_for_minutes(
    moved: Controller, state: Path, broker: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a stand-in for Avahi's program; another place's announcement is nothing."""
    browse = tmp_path / "avahi-browse"
    line = '=;eth0;IPv4;x;_loquet._tcp;local;x.local;127.0.0.1;443;"ca={}" "url={}"'
    heard = [line.format("00ff", "https://other.example")]
    heard.append(line.format(moved.authority.fingerprint, moved.url))
    browse.write_text("#!/bin/sh\ncat <<E\n{}\nE\n".format("\n".join(heard)))
    browse.chmod(0o700)
    monkeypatch.setenv("LOQUET_AVAHI_BROWSE", str(browse))
    moved.changes = {"mqtt": at(broker)}
    identity, told = Identity.load(state), list[int]()
    renewal = Renewal(identity, lambda: told.append(identity.enrolment.mqtt.port))
    for minutes, connected in ((0, False), (1, True), (2, False), (4, False)):
        renewal.search_controller(Utc.of(NOW + timedelta(minutes=minutes)), connected=connected)
        renewal.wait(60)
    assert told == []
    renewal.search_controller(Utc.of(NOW + timedelta(minutes=2) + SEARCH_AFTER), connected=False)
    renewal.wait(60)
    assert told == [broker]
    assert Identity.load(state).enrolment.url == moved.url


def test_what_a_person_says_is_taken_by_the_agent_that_runs(
    moved: Controller, state: Path, broker: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moved.changes = {"mqtt": at(broker)}
    identity, told = Identity.load(state), list[int]()
    renewal = Renewal(identity, lambda: told.append(identity.enrolment.mqtt.port))
    config = tmp_path / "config.toml"
    config.write_text(f'[agent]\nstate_dir = "{state}"\n')
    assert main(["enrol", "--url", moved.url, "--config", str(config), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["url"] == moved.url
    for at_time in (NOW, Utc.of(NOW + SEARCH_AFTER)):
        renewal.search_controller(at_time, connected=False)
        renewal.wait(60)
    assert told == [broker]
