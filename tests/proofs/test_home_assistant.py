"""A real Home Assistant finds the demo's place, follows it, and never has anything twice."""

import json
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from controller.cli.demo.people import AMINA
from controller.cli.demo.script import LASER
from controller.integrations.home_assistant import doors
from controller.kernel.actor import Actor
from controller.kernel.database import wall_clock
from devices.sim.client import SimBench
from tests.faults.conftest import badge
from tests.integrations.home_assistant.conftest import Listener, Plain
from tests.peers.home_assistant import HomeAssistant
from tests.support.running_place import RunningPlace, running_place
from tests.support.until import until

pytestmark = pytest.mark.long
TAPS = 5
ON = ("armed", "running")
WITHIN_S = 1.0


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plain]:
    made = Plain(tmp_path_factory.mktemp("broker"))
    made.start()
    yield made
    made.kill()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, broker: Plain) -> Iterator[RunningPlace]:
    os.environ["LOQUET_HOME_ASSISTANT_HOST"] = "127.0.0.1"
    os.environ["LOQUET_HOME_ASSISTANT_PORT"] = str(broker.port)
    try:
        with running_place(tmp_path_factory.mktemp("place")) as found:
            yield found
    finally:
        del os.environ["LOQUET_HOME_ASSISTANT_HOST"], os.environ["LOQUET_HOME_ASSISTANT_PORT"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, broker: Plain) -> Iterator[HomeAssistant]:
    made = HomeAssistant(tmp_path_factory.mktemp("home") / "config", broker.port)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def entities(place: RunningPlace, broker: Plain, home: HomeAssistant) -> frozenset[str]:
    """The ids of all that the place tells of, once Home Assistant has each."""
    listener = Listener(broker.port)
    site = place.site
    listener.wait(lambda known: known.get(f"loquet_home/{site}/status") == "online")
    configs = [json.loads(v) for k, v in listener.known.items() if k.endswith("/config")]
    listener.close()
    parts = [part for config in configs for part in config["components"].values()]
    ids = frozenset(part["default_entity_id"] for part in parts if "unique_id" in part)
    until(lambda: ids <= home.states().keys(), lambda: str(ids - home.states().keys()))
    print(f"{len(configs)} devices, {len(ids)} entities")
    return ids


def ours(home: HomeAssistant) -> set[str]:
    return {key for key in home.states() if "loquet" in key}


def assert_nobody(place: RunningPlace, text: str) -> None:
    """No name of anybody, and no address of theirs."""
    people = list(place.listed("/members"))
    words = {
        person[key] for person in people for key in ("display_name", "email") if person.get(key)
    }
    assert len(words) > 20
    assert not [word for word in words if word in text]


def kept(home: HomeAssistant) -> str:
    """All that it has written down, its log too."""
    files = [path for path in home.folder.rglob("*") if path.is_file()]
    assert {"core.entity_registry", "core.restore_state"} <= {file.name for file in files}
    return "".join(file.read_bytes().decode("utf-8", "replace") for file in files)


def state_of(home: HomeAssistant, entity: str) -> str:
    return str(home.states()[entity]["state"])


def laser(place: RunningPlace) -> str:
    return f"sensor.loquet_{place.site}_point_{LASER}_state".replace("-", "_")


def test_each_access_point_is_a_device_with_its_entities_and_nobody_is_named(
    place: RunningPlace, home: HomeAssistant, entities: frozenset[str]
) -> None:
    assert ours(home) == entities
    for point in place.ready["access_points"]:
        stem = f"loquet_{place.site}_point_{point['id']}".replace("-", "_")
        assert sum(f".{stem}_" in entity for entity in entities) >= 3, point
    assert_nobody(place, json.dumps(home.states(), ensure_ascii=False))


def test_the_state_follows_a_tap_within_a_second_and_says_of_nobody(
    place: RunningPlace, broker: Plain, home: HomeAssistant, entities: frozenset[str]
) -> None:
    took = [_tap(place, home, wanted) for wanted in ("armed", "off") * TAPS]
    took.sort()
    print(f"tap to Home Assistant: p50 {took[len(took) // 2]:.3f} s, max {took[-1]:.3f} s")
    assert took[len(took) // 2] < WITHIN_S
    _tap(place, home, "armed")
    listener = Listener(broker.port)
    listener.wait(lambda known: known.get(f"loquet_home/{place.site}/status") == "online")
    assert_nobody(place, json.dumps(home.states(), ensure_ascii=False))
    assert_nobody(place, json.dumps(listener.known, ensure_ascii=False))
    listener.close()
    _tap(place, home, "off")


def _tap(place: RunningPlace, home: HomeAssistant, wanted: str) -> float:
    with SimBench(place.ready["pins_socket"]) as bench:
        bench.do("tap", reader=LASER, credential=badge(AMINA))
    start = time.monotonic()
    is_on = wanted == "armed"
    until(lambda: (state_of(home, laser(place)) in ON) is is_on, f"the laser is not {wanted}")
    took = time.monotonic() - start
    time.sleep(1.0)  # the reader must have seen that the badge is gone
    return took


def test_a_door_is_only_read_until_it_is_allowed(
    place: RunningPlace, home: HomeAssistant, entities: frozenset[str]
) -> None:
    door = next(
        access_point["id"]
        for access_point in place.ready["access_points"]
        if access_point["kind"] == "door"
    )
    button = f"button.loquet_{place.site}_point_{door}_open_once".replace("-", "_")
    assert button not in home.states()
    with place.database() as database, database.edit() as db:
        doors.allow(db, door, actor=Actor.system("test"), now=wall_clock())
    until(lambda: _is_there(home, button), "there is no button")
    home.ask("POST", "/api/services/button/press", {"entity_id": button})
    until(lambda: _released(place, door), lambda: _told(place))
    with place.database() as database, database.edit() as db:
        doors.forbid(db, door, actor=Actor.system("test"), now=wall_clock())
    until(lambda: button not in home.states(), "the button is still there")


def test_restarts_of_home_assistant_of_its_broker_and_of_the_controller_double_nothing(
    place: RunningPlace, broker: Plain, home: HomeAssistant, entities: frozenset[str]
) -> None:
    home.stop()
    before = _registered(home)
    home.start()
    until(lambda: _all_there(home, entities), lambda: _missing(home, entities))
    broker.kill()
    until(lambda: state_of(home, laser(place)) == "unavailable", "its broker is away")
    broker.start()
    until(lambda: _all_there(home, entities), lambda: _missing(home, entities))
    os.kill(place.ready["pids"]["serve"], signal.SIGKILL)
    until(lambda: state_of(home, laser(place)) == "unavailable", "the controller is away")
    until(lambda: _all_there(home, entities), lambda: _missing(home, entities))
    assert ours(home) == entities
    home.stop()
    assert _registered(home) == before
    assert_nobody(place, kept(home))
    home.start()


def _all_there(home: HomeAssistant, entities: frozenset[str]) -> bool:
    states = home.states()
    return all(entity in states and states[entity]["state"] != "unavailable" for entity in entities)


def _missing(home: HomeAssistant, entities: frozenset[str]) -> str:
    states = home.states()
    return str(
        [entity for entity in entities if states.get(entity, {}).get("state") == "unavailable"]
    )


def _registered(home: HomeAssistant) -> tuple[list[str], list[Any]]:
    """Unique ids and devices; a door's button, which is gone again, is remembered by none."""
    entities = sorted(item["unique_id"] for item in home.registry("entity"))
    devices = sorted(str(item["identifiers"]) for item in home.registry("device"))
    return [entity for entity in entities if "loquet" in entity], devices


def _is_there(home: HomeAssistant, entity: str) -> bool:
    """It is added before it is heard of."""
    return entity in home.states() and state_of(home, entity) != "unavailable"


def _told(place: RunningPlace) -> str:
    return (place.state / "logs" / "serve.log").read_text()[-2000:]


def _released(place: RunningPlace, door: str) -> bool:
    return any(
        event["type"] == "door_released" for event in place.listed("/events", access_point=door)
    )
