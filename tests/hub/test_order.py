"""In order, shuffled, or twice: the database ends up the same."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from controller.assembly import HOUSE
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.groups.models import WindowRow
from controller.capabilities.usage.models import SessionRow
from controller.hub.admission import Admission
from controller.hub.counters import Counters
from controller.hub.directory import Directory
from controller.hub.ingest import Ingest
from controller.kernel.database import Database
from controller.kernel.journal import BootAnchor, EventRow, StreamState
from controller.store.base import Base
from controller.store.engine import open_database
from controller.wire.events import (
    AccessGranted,
    DoorClosed,
    DoorHeld,
    FaultRaised,
    FaultReset,
    SessionEnded,
    SessionStarted,
    SessionState,
    WindowClosed,
    WindowOpened,
)
from controller.wire.ids import uuid7
from controller.wire.link_port import IncomingMessage
from controller.wire.messages import State
from controller.wire.signatures import Signer
from tests.hub.conftest import NOW
from tests.hub.fake_agent import START, FakeAgent
from tests.hub.memory_link import MemoryLink
from tests.hub.world import World, add_supervisor, new_database
from tests.support.laws import examples

OTHER_BOOT = "00000000-0000-4000-8000-000000000002"
PASSING = {
    EventRow: {
        *("not_before", "not_after", "received_at", "late"),
        *("stream_no", "site_no", "point_no", "boot_no"),
    },
    Alarm: {"id"},
    StreamState: {"updated_at", "no"},
    BootAnchor: {"no"},
}
"""Columns that tell when or how something arrived, that are random, or numbers of what is named."""
NAMED = ("agent_id", "stream", "boot_id", "site_id", "access_point_id", "raw")
"""What an event's numbers stand for, and what its bytes are with them."""


def live_a_day(agent: FakeAgent, supervisor: str) -> None:
    """Sessions that end, that a later start supersedes, that go on; faults; a window; two boots."""
    member = "m" * 22
    agent.record_session(0, member=member)
    for start in (100, 200, 300):
        session = uuid7()
        agent.record(SessionStarted, at_s=start, session_id=session, member=member)
        for n, state in enumerate((State.RUNNING, State.ARMED)):
            agent.record(
                SessionState,
                at_s=start + n + 1,
                session_id=session,
                state=state,
                active_s=float(n),
                powered_s=float(n + 1),
            )
    agent.record(
        SessionEnded, at_s=350, session_id=session, active_s=9, idle_s=1, powered_s=10, cause="tap"
    )
    agent.record(
        SessionEnded,
        at_s=355,
        session_id=session,
        active_s=0,
        idle_s=0,
        powered_s=99,
        cause="restart",
    )
    agent.record(SessionStarted, at_s=360, session_id=uuid7())
    for second in (400, 420, 440):
        agent.record(FaultRaised, at_s=second, fault="estop")
        agent.record(FaultReset, at_s=second + 10, fault="estop")
    agent.record(FaultRaised, at_s=500, fault="meter_lost")
    agent.record(DoorHeld, at_s=510, access_point=agent.points[1])
    agent.record(DoorClosed, at_s=520, access_point=agent.points[1])
    for closed, who in ((False, supervisor), (True, supervisor), (False, member), (True, member)):
        window = uuid7()
        fields: dict[str, Any] = {"window_id": window, "zone": "wood", "supervisor": who}
        agent.record(WindowOpened, at_s=530, until=NOW, **fields)
        if closed:
            agent.record(WindowClosed, at_s=540, cause="tap", **fields)
    untrusted: dict[str, Any] = {"boot_id": OTHER_BOOT, "clock_trusted": False, "at": START}
    agent.record(SessionStarted, at_s=600, session_id=uuid7(), **untrusted)
    agent.record(AccessGranted, at_s=601, **untrusted)
    agent.record(AccessGranted, at_s=602, boot_id=OTHER_BOOT)
    agent.record(AccessGranted, at_s=603.5, boot_id=OTHER_BOOT, mono_ms=603_100)


class Case:
    """A day in the life of two agents, and what the database holds when all came in order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.world = World.make(new_database(folder), agents=2, now=NOW)
        points = [point for agent in self.world.agents for point in agent.points]
        supervisor = add_supervisor(self.world.database, "wood", points)
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


def dump(database: Database) -> dict[str, list[dict[str, Any]]]:
    """All that events are made into, without what tells of their arrival."""
    models: tuple[type[Base], ...] = (
        EventRow,
        SessionRow,
        Alarm,
        WindowRow,
        StreamState,
        BootAnchor,
    )
    result = {}
    with database.read() as db:
        for model in models:
            columns = [
                column
                for column in model.__table__.c
                if column.name not in PASSING.get(model, set())
            ]
            rows = [dict(row._mapping) for row in db.execute(select(*columns))]
            result[model.__tablename__] = sorted(rows, key=str)
        events = [
            {name: getattr(row, name) for name in NAMED} for row in db.scalars(select(EventRow))
        ]
        result["event bytes"] = sorted(events, key=str)
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
