"""A whole hub with its threads, on a link in memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from controller.assembly import HOUSE
from controller.hub.runtime import Hub
from controller.kernel.database import Database
from controller.live import Live
from controller.wire.signatures import Signer
from tests.hub.fake_agent import FakeAgent
from tests.hub.memory_link import MemoryLink
from tests.hub.world import World, new_database


class Running:
    """A hub at work. Several may share a database and a Live."""

    def __init__(self, database: Database, live: Live, name: str = "hub-main") -> None:
        self.database = database
        self.live = live
        self.link = MemoryLink(Signer.generate())
        self.hub = Hub(database, self.link, self.link.signer, live, name=name)

    def __enter__(self) -> "Running":
        self.hub.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.hub.stop()


class Installation:
    """A database, agents, and the Live that hubs and the web side share."""

    def __init__(self, folder: Path, agents: int = 1) -> None:
        made = World.make(new_database(folder), agents)
        self.agents = made.agents
        self.live = Live("embedded")
        self.database = Database(made.database.engine, self.live, house=HOUSE)

    @property
    def agent(self) -> FakeAgent:
        return self.agents[0]

    def hub(self, name: str = "hub-main") -> Running:
        """A hub that isn't started yet."""
        return Running(self.database, self.live, name)


@contextmanager
def installation(folder: Path, agents: int = 1) -> Iterator[Installation]:
    """One that lets go of its files at the end."""
    made = Installation(folder, agents)
    try:
        yield made
    finally:
        made.database.engine.dispose()
        made.live.close()
