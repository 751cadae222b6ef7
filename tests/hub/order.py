"""What tests of order share with others."""

from typing import Any

from sqlalchemy import select

from controller.capabilities.alarms.models import Alarm
from controller.capabilities.groups.models import WindowRow
from controller.capabilities.usage.models import SessionRow
from controller.kernel.database import Database
from controller.kernel.journal import BootAnchor, EventRow, StreamState
from controller.store.base import Base
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
from controller.wire.messages import State
from tests.hub.conftest import NOW
from tests.hub.fake_agent import START, FakeAgent

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
