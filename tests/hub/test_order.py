"""In order, shuffled, or twice: the database ends up the same."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.assembly import HOUSE
from controller.capabilities.machines.models import AccessPointRow
from controller.hub.admission import Admission
from controller.hub.counters import Counters
from controller.hub.directory import Directory
from controller.hub.ingest import Ingest
from controller.kernel.database import Database
from controller.store.engine import open_database
from controller.wire.link_port import IncomingMessage
from controller.wire.signatures import Signer
from tests.hub.conftest import NOW
from tests.hub.memory_link import MemoryLink
from tests.hub.order import dump, live_a_day
from tests.hub.world import World, add_supervisor, new_database
from tests.support.laws import examples


class Case:
    """A day in the life of two agents, and what the database holds when all came in order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.world = World.make(new_database(folder), agents=2, now=NOW)
        points = [point for agent in self.world.agents for point in agent.points]
        supervisor = add_supervisor(self.world.database, "wood", points)
        with self.world.database.write() as db:  # nobody has a record: no alarm that depends on it
            for point in points:
                db.get_one(AccessPointRow, point).requirement = {"subscription": False}
        self.world.database.engine.dispose()
        for agent in self.world.agents:
            live_a_day(agent, supervisor)
        self.messages = [
            agent.batch(agent.journal[start : start + 3])
            for agent in self.world.agents
            for start in range(0, len(agent.journal), 3)
        ]
        self.expected = self.outcome([[message] for message in self.messages])

    def outcome(
        self, groups: Sequence[Sequence[IncomingMessage]]
    ) -> dict[str, list[dict[str, Any]]]:
        """What a fresh copy of the database holds after these groups of messages."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            copy = Path(folder) / "loquet.db"
            shutil.copy(self.folder / "loquet.db", copy)
            database = Database(open_database(f"sqlite:///{copy}"), clock=lambda: NOW, house=HOUSE)
            counters, link = Counters(), MemoryLink(Signer.generate())
            admission = Admission(Directory(database), counters)
            ingest = Ingest(database, admission, link, counters, lambda: NOW)
            for group in groups:
                ingest.handle(list(group))
            result = dump(database)
            database.engine.dispose()
        return result


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return Case(tmp_path_factory.mktemp("order"))


def test_the_day_in_order_is_as_it_was(case: Case) -> None:
    sessions = case.expected["machine_session"]
    causes = sorted(str(row["cause"]) for row in sessions)
    assert causes == sorted(["tap", "superseded", "superseded", "tap", "superseded", "None"] * 2)
    alarms = [(row["kind"], row["cleared_at"] is None) for row in case.expected["alarm"]]
    assert sorted(alarms) == sorted(
        [("estop", False)] * 6
        + [("meter_lost", True), ("door_held", False)] * 2
        + [("window_refused", True)] * 4
    )
    assert {row["through"] for row in case.expected["stream_state"]} == {
        len(agent.journal) for agent in case.world.agents
    }
    untimed = [row for row in case.expected["event"] if row["at"] is None]
    assert not untimed


@settings(max_examples=examples(25), deadline=None)
@given(st.data())
def test_any_order_grouping_and_repetition_gives_the_same(case: Case, data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(case.messages), max_size=8))
    order = data.draw(st.permutations(case.messages + again))
    sizes = data.draw(st.lists(st.integers(1, 6), min_size=1, max_size=4))
    groups: list[list[IncomingMessage]] = []
    start = 0
    while start < len(order):
        size = sizes[len(groups) % len(sizes)]
        groups.append(order[start : start + size])
        start += size
    assert case.outcome(groups) == case.expected
