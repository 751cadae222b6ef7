"""A place with a machine, a door and people in it, a real broker, and who listens there."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from controller.assembly import HOUSE
from controller.capabilities.agents.models import AgentRow, AgentState
from controller.capabilities.machines.changes import PointNews
from controller.capabilities.machines.models import PointStateRow
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.presence.models import PresenceRow
from controller.domain.facts import PointKind
from controller.integrations.home_assistant.runtime import running_home_assistant
from controller.kernel.database import Database, wall_clock
from controller.kernel.outbox import post_news
from controller.kernel.outbox_follower import FollowerThread
from controller.live import Live
from controller.settings import HomeAssistantSettings
from tests.hub.fake_agent import FakeAgent
from tests.hub.world import SITE, add_agent, add_site, machine, new_database
from tests.support.broker import Mosquitto
from tests.support.programs import free_port
from tests.support.until import until

BOOT = "018f0000-0000-7000-8000-000000000001"
PERSON = "Zoé d’Artois"
METERED = {"access_points": [{"id": "laser", "kind": "machine", "meter": {"driver": "shelly"}}]}


class Listener:
    """What a Home Assistant would know by now: the last of each topic."""

    def __init__(self, port: int) -> None:
        self.known: dict[str, str] = {}
        self.count = 0
        self.client = Client(CallbackAPIVersion.VERSION2)
        self.client.on_connect = lambda client, *_: client.subscribe("#", 1)
        self.client.on_message = lambda _client, _data, message: self._hear(
            message.topic, message.payload.decode()
        )
        # Never at once: who knocks at a dead port all the time ends up connected to itself.
        self.client.reconnect_delay_set(1, 1)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def _hear(self, topic: str, text: str) -> None:
        self.count += 1
        self.known[topic] = text
        if not text:
            del self.known[topic]

    def wait(self, holds: Callable[[dict[str, str]], object]) -> None:
        """Until what is known is so."""
        until(lambda: bool(holds(dict(self.known))), lambda: str(self.known))

    def say(self, topic: str, text: str, *, retain: bool = False) -> None:
        self.client.publish(topic, text, qos=1, retain=retain).wait_for_publish(20)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


class Plain(Mosquitto):
    """A broker of the house's own: nothing is kept when it is killed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "mosquitto.conf", folder)
        self.port = free_port()
        self.config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\nuser root\nlog_dest stderr\n"
        )


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    engine = new_database(tmp_path)
    made = Database(engine, house=HOUSE)
    furnish(made)
    yield made
    engine.dispose()


def furnish(database: Database) -> None:
    """An agent with the laser and the entrance; someone who works at it."""
    add_site(database)
    add_agent(database, FakeAgent(SITE, "pi-1", ("laser", "entrance")))
    now = wall_clock()
    with database.write() as db:
        db.get_one(AgentRow, "pi-1").wiring = METERED
        db.add(ZoneRow(id="atelier", site_id=SITE, name={"fr": "Atelier"}, capacity=None))
        state = AgentState(agent_id="pi-1", online=True, connection=1, protocols=[], epoch=1)
        state.policy_version, state.seen_at, state.boot_id = 1, now, BOOT
        db.add(state)
        door = db.get_one(type(machine("x", SITE, None)), "entrance")
        door.kind, door.zone_id = PointKind.DOOR, "atelier"
    show(database, "laser", "off")
    show(database, "entrance", "locked")
    with database.write() as db:
        db.add(
            PresenceRow(
                id="0",
                site_id=SITE,
                zone_id="atelier",
                label=PERSON,
                heads=3,
                moved_at=now,
                by_desk=True,
            )
        )


def show(database: Database, point: str, state: str, watts: int | None = None) -> None:
    """As the hub notes what an agent tells."""
    with database.write() as db:
        row = db.get(PointStateRow, point) or PointStateRow(
            access_point_id=point, agent_id="pi-1", available=True, warning=False, faults=[]
        )
        row.state, row.watts, row.received_at = state, watts, wall_clock()
        db.add(row)
        post_news(db, PointNews(site=SITE, key=point))


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Plain]:
    made = Plain(tmp_path)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def listener(broker: Plain) -> Iterator[Listener]:
    made = Listener(broker.port)
    yield made
    made.close()


@contextmanager
def home(
    database: Database,
    broker: Plain,
    serves: Callable[[str], bool] = lambda _: True,
    monotonic: Callable[[], float] = time.monotonic,
) -> Iterator[None]:
    """Home Assistant's side of a controller."""
    live = Live("embedded")
    ringing = Database(database.engine, live, house=HOUSE)
    follower = FollowerThread(ringing, live)
    settings = HomeAssistantSettings(host="127.0.0.1", port=broker.port)
    with running_home_assistant(ringing, follower, settings, SITE, serves, monotonic=monotonic):
        yield
    follower.stop()
