"""Bench presses contacts, and pauses the day that a script plays."""

import html
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from controller.capabilities.agents.models import AgentRow
from controller.cli.controller_runtime import hardware
from controller.domain.facts import PointKind
from controller.kernel.database import Database
from devices.sim.client import SimBench
from tests.support.clock import Clock
from tests.support.pins import Pins
from tests.webui.conftest import NOW, SITE, make_app, sign_in, token_of
from tests.webui.live.live_actions import point

PAUSE, GO_ON = "Mettre la journée en pause", "Reprendre la journée"


@pytest.fixture
def pins(tmp_path: Path) -> Iterator[Pins]:
    """Simulated hardware, with nothing on its bench."""
    spec = tmp_path / "bench.toml"
    spec.write_text("")
    found = Pins(spec, tmp_path / "pins.sock")
    yield found
    found.end()


@pytest.fixture
def client(database: Database, clock: Clock, pins: Pins) -> FlaskClient:
    return make_app(database, clock, hardware(pins.socket)).test_client()


def bench(client: FlaskClient) -> str:
    return html.unescape(client.get("/bench").get_data(as_text=True))


def press(client: FlaskClient, do: str) -> int:
    form = {"csrf_token": token_of(client), "do": do}
    return client.post("/bench/day", data=form).status_code


def test_it_is_paused_and_goes_on(client: FlaskClient, pins: Pins) -> None:
    sign_in(client, "manager")
    with SimBench(pins.socket) as script:
        assert script.do("day", do="play")["day"] == "plays"
        assert PAUSE in bench(client)
        assert press(client, "pause") == 303
        assert script.do("day", do="play")["day"] == "paused", "the script is told so"
        text = bench(client)
        assert GO_ON in text
        assert PAUSE not in text
        assert press(client, "go_on") == 303
        assert script.do("day", do="play")["day"] == "plays"


def test_where_nobody_plays_there_is_nothing_to_pause(client: FlaskClient, pins: Pins) -> None:
    sign_in(client, "manager")
    text = bench(client)
    assert PAUSE not in text
    assert GO_ON not in text
    assert press(client, "pause") == 303
    with SimBench(pins.socket) as script:
        assert script.state()["day"] == ""


def test_no_other_word_and_nobody_else(client: FlaskClient) -> None:
    sign_in(client, "manager")
    press(client, "end")
    assert "Ce bouton n’existe pas ici." in bench(client)
    client.post("/sign-out", data={"csrf_token": token_of(client)})
    sign_in(client, "desk")
    assert press(client, "pause") == 403


def test_any_contact_is_opened_and_closed(
    client: FlaskClient, database: Database, pins: Pins
) -> None:
    with database.write() as db:
        db.add(AgentRow(id="pi", site_id=SITE, name={"en": "Pi"}, created_at=NOW))
        db.flush()
        db.add(point("laser", PointKind.MACHINE))
    sign_in(client, "manager")
    with SimBench(pins.socket) as script:
        lid = {"name": "laser/start-lid", "board": "pi", "pin": 5, "rest": 0}
        script.do("setup", contact=[lid])
        assert "start-lid" in bench(client)
        for value, is_open in (("press", True), ("release", False)):
            form = {"csrf_token": token_of(client), "op": "start-lid", "value": value}
            assert client.post("/bench/laser/push", data=form).status_code == 303
            assert script.state()["contacts"]["laser/start-lid"] is is_open
