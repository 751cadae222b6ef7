"""Home Assistant is told of each thing once, with nobody's name, and opens only what it may."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from controller.capabilities.machines.changes import PointNews
from controller.capabilities.machines.models import AccessPointRow, CommandRow, PointStateRow
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.integrations.home_assistant import doors, runtime
from controller.integrations.home_assistant.energy import Energy
from controller.integrations.home_assistant.pending_requests import (
    MAX_DEVICES,
    MAX_DOORS,
    MAX_ID_CHARACTERS,
    PendingRequests,
)
from controller.integrations.home_assistant.snapshot import Point
from controller.kernel.actor import Actor
from controller.kernel.database import Database, wall_clock
from controller.kernel.errors import Forbidden, Invalid
from controller.kernel.outbox import post_news
from tests.hub.world import SITE
from tests.integrations.home_assistant.conftest import PERSON, Listener, Plain, home, show
from tests.support.until import until

pytestmark = pytest.mark.system
SYSTEM = Actor.system("test")
BASE = f"loquet_home/{SITE}"
LASER, ENTRANCE = f"loquet_{SITE}_point_laser", f"loquet_{SITE}_point_entrance"
OPEN = f"{BASE}/point/entrance/open"


def config(known: dict[str, str], device: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(known.get(f"homeassistant/device/{device}/config", "{}"))
    return found


def state(known: dict[str, str], kind: str, key: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(known.get(f"{BASE}/{kind}/{key}/state", "{}"))
    return found


def commands(database: Database) -> list[str]:
    with database.read() as db:
        return [command.type for command in db.scalars(select(CommandRow))]


def allow(database: Database) -> None:
    with database.edit() as db:
        doors.allow(db, "entrance", actor=SYSTEM, now=wall_clock())


def test_every_thing_is_a_device_and_follows_what_it_is(
    database: Database, broker: Plain, listener: Listener
) -> None:
    with home(database, broker):
        listener.wait(lambda known: known.get(f"{BASE}/status") == "online")
        known = dict(listener.known)
        devices = {name.split("/")[2] for name in known if name.startswith("homeassistant/")}
        assert devices == {f"loquet_{SITE}_place", f"loquet_{SITE}_agent_pi-1", LASER, ENTRANCE}
        laser = config(known, LASER)
        assert laser["device"]["via_device"] == f"loquet_{SITE}_agent_pi-1"
        assert laser["origin"]["name"] == "Loquet"
        assert set(laser["components"]) == {"state", "running", "power", "energy", "alarm"}
        assert config(known, ENTRANCE)["components"]["open_once"] == {"platform": "button"}
        assert state(known, "point", "laser")["power"] == 0
        assert state(known, "place", SITE) == {"heads": 3, "heads_atelier": 3, "alarms": 0}
        assert known[f"{BASE}/point/laser/available"] == "online"
        assert PERSON not in str(known)
        show(database, "laser", "running", 1200)
        listener.wait(
            lambda known: (
                state(known, "point", "laser").items()
                >= {"state": "running", "running": "ON", "power": 1200}.items()
            )
        )
        _take_away(database, "laser")
        listener.wait(lambda known: not config(known, LASER))
    listener.wait(lambda known: known.get(f"{BASE}/status") == "offline")


def test_a_door_opens_once_a_manager_has_allowed_it_and_not_by_what_was_retained(
    database: Database, broker: Plain, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    listener.say(OPEN, "OPEN", retain=True)
    with home(database, broker):
        listener.wait(lambda known: known.get(f"{BASE}/status") == "online")
        listener.say(OPEN, "OPEN")
        listener.say(f"{BASE}/point/laser/open", "OPEN")
        until(
            lambda: "door laser was not opened: nobody" in caplog.text,
            "the presses are not refused",
        )
        allow(database)
        listener.wait(lambda known: "name" in config(known, ENTRANCE)["components"]["open_once"])
        assert commands(database) == []
        listener.say(OPEN, "OPEN")
        until(lambda: commands(database) == ["release_door"], lambda: str(commands(database)))
        with database.edit() as db:
            doors.forbid(db, "entrance", actor=SYSTEM, now=wall_clock())
        listener.wait(lambda known: len(config(known, ENTRANCE)["components"]["open_once"]) == 1)
    with pytest.raises(Invalid), database.edit() as db:
        doors.allow(db, "laser", actor=SYSTEM, now=wall_clock())


def test_however_often_the_broker_asks_a_door_opens_once_a_second(
    database: Database, broker: Plain, listener: Listener
) -> None:
    allow(database)
    at_s = [100.0]
    with home(database, broker, monotonic=lambda: at_s[0]):
        listener.wait(lambda known: known.get(f"{BASE}/status") == "online")
        listener.say(OPEN, "OPEN")
        until(lambda: commands(database) == ["release_door"], lambda: str(commands(database)))
        for _ in range(200):
            listener.say(OPEN, "OPEN")
        listener.known.pop(f"{BASE}/status")
        listener.say("homeassistant/status", "online")  # answered after all that came before it
        listener.wait(lambda known: known.get(f"{BASE}/status") == "online")
        at_s[0] += runtime.DOORS_S
        until(lambda: len(commands(database)) > 1, lambda: str(commands(database)))
    assert commands(database) == ["release_door"] * 2


def test_what_a_hostile_broker_asks_for_takes_no_more_room_than_there_is() -> None:
    now = wall_clock()
    pending = PendingRequests()
    for number in range(MAX_DEVICES + 10):
        pending.add_door(f"door-{number}", now)
        pending.add_device(f"loquet_{SITE}_{number}")
    pending.add_door("x" * (MAX_ID_CHARACTERS + 1), now)
    pending.add_device("x" * (MAX_ID_CHARACTERS + 1))
    later = Utc.of(now + timedelta(seconds=1))
    pending.add_door("door-0", later)
    doors_asked = pending.take_doors()
    assert (len(doors_asked), doors_asked["door-0"]) == (MAX_DOORS, later)
    assert len(pending.take_devices()) == MAX_DEVICES
    assert (pending.take_doors(), pending.take_devices()) == ({}, set())


def test_who_pressed_too_long_ago_has_gone_on_and_the_door_stays_shut(database: Database) -> None:
    allow(database)
    pressed = wall_clock()
    with database.edit() as db:
        late = Utc.of(pressed + doors.MAX_REQUEST_AGE + timedelta(milliseconds=1))
        with pytest.raises(Forbidden, match="too long ago"):
            doors.open_once(db, SITE, "entrance", asked_at=pressed, now=late)
        early = Utc.of(pressed - timedelta(hours=1))
        with pytest.raises(Forbidden, match="before it was allowed"):
            doors.open_once(db, SITE, "entrance", asked_at=early, now=early)
    assert commands(database) == []
    with database.edit() as db:
        in_time = Utc.of(pressed + doors.MAX_REQUEST_AGE)
        doors.open_once(db, SITE, "entrance", asked_at=pressed, now=in_time)
    assert commands(database) == ["release_door"]


def test_a_broker_that_was_away_is_told_all_again_and_what_is_gone_is_cleared(
    database: Database, broker: Plain, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.integrations.outside_broker.MAX_S", 1)
    listener.say(f"homeassistant/device/loquet_{SITE}_point_old/config", "{}", retain=True)
    listener.say("homeassistant/device/loquet_elsewhere_point_old/config", "{}", retain=True)
    with home(database, broker):
        listener.wait(lambda known: known.get(f"{BASE}/status") == "online")
        listener.wait(
            lambda known: f"homeassistant/device/loquet_{SITE}_point_old/config" not in known
        )
        assert "homeassistant/device/loquet_elsewhere_point_old/config" in listener.known
        before = {topic for topic in listener.known if SITE in topic}
        broker.kill()
        until(lambda: not is_connected(database), "it is not noticed")
        listener.known.clear()
        show(database, "laser", "fault")
        broker.start()
        listener.wait(lambda known: before <= known.keys())
        assert state(listener.known, "point", "laser")["state"] == "fault"
        until(lambda: is_connected(database), "it is not noticed")
        count = listener.count
        listener.say("homeassistant/status", "online")
        until(lambda: listener.count >= count + 1 + len(before), "a restart is not answered")


def test_it_speaks_only_while_this_process_serves_the_site(
    database: Database, broker: Plain, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "POLL_S", 0.05)
    mine = [False]
    with home(database, broker, lambda _site: mine[0]):
        show(database, "laser", "armed")
        assert not any(name.startswith(BASE) for name in listener.known)
        mine[0] = True
        listener.wait(lambda known: known.get(f"{BASE}/status") == "online")
        mine[0] = False
        listener.wait(lambda known: known.get(f"{BASE}/status") == "offline")


def test_energy_is_what_was_drawn_times_how_long() -> None:
    energy = Energy({"laser": 3600})
    assert energy.update([_laser(1000)], 10.0) == {"laser": 3600}
    assert energy.update([_laser(None)], 13.6) == {"laser": 7200}
    assert energy.update([_laser(500)], 100.0) == {"laser": 7200}


def is_connected(database: Database) -> bool:
    with database.read() as db:
        link = doors.broker_link(db, SITE)
        return link is not None and link.connected


def _laser(watts: int | None) -> Point:
    return Point(
        id="laser",
        kind=PointKind.MACHINE,
        name="Laser",
        zone=None,
        agent=None,
        online=True,
        state="running",
        watts=watts,
        metered=True,
        alarmed=False,
        may_open=False,
    )


def _take_away(database: Database, point: str) -> None:
    with database.write() as db:
        db.delete(db.get_one(PointStateRow, point))
        db.flush()
        db.delete(db.get_one(AccessPointRow, point))
        post_news(db, PointNews(site=SITE, key=point))
