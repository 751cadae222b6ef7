"""Events from a clock that is ahead: their time is not known, and nothing happens in the future."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from controller.capabilities.alarms.models import Alarm
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.places import zones
from controller.capabilities.places.shapes import NewZone
from controller.capabilities.presence import presence
from controller.capabilities.training import member_certifications
from controller.capabilities.training.models import HeldRow
from controller.capabilities.training.shapes import Grant
from controller.capabilities.usage.models import SessionRow
from controller.domain.facts import Level, PointKind
from controller.domain.time import Utc
from controller.hub.timing import MAX_CLOCK_LEAD
from controller.kernel.journal import BootAnchor, EventRow
from controller.kernel.shapes import Label
from controller.wire.events import (
    AccessDenied,
    AccessGranted,
    CertifiedAtMachine,
    DoorOpened,
    FaultRaised,
    FaultReset,
)
from tests.hub.conftest import NOW, Place
from tests.hub.effects import ADMIN, People, level_of
from tests.hub.fake_agent import START
from tests.hub.world import SITE

NOW_S = (NOW - START).total_seconds()
"""Now, as the agent's events count."""
YEARS_S = NOW_S + 2 * 365 * 86_400
FEW_S = NOW_S + MAX_CLOCK_LEAD.total_seconds() - 1
MORE_S = NOW_S + MAX_CLOCK_LEAD.total_seconds() + 1


def stored(place: Place) -> list[EventRow]:
    with place.world.database.read() as db:
        return list(db.scalars(select(EventRow).order_by(EventRow.seq)))


def alarms(place: Place) -> dict[str, Any]:
    with place.world.database.read() as db:
        return {row.kind: row.detail for row in db.scalars(select(Alarm))}


@pytest.mark.parametrize("at_s", [MORE_S, YEARS_S])
def test_an_event_from_ahead_has_bounds_and_no_time(place: Place, at_s: float) -> None:
    place.agent.record(AccessGranted, at_s=5)
    place.agent.record(AccessGranted, at_s=at_s)
    place.agent.record(AccessGranted, at_s=at_s + 1)
    place.send(place.agent.batch(sent_mono_ms=int(at_s * 1000) + 2000))
    first, second, third = stored(place)
    assert (first.at, first.not_after) == (Utc.of(START + timedelta(seconds=5)), None)
    # From the same boot's earlier event its time would be known, if that were not ahead as well.
    assert (second.at, third.at) == (None, None)
    assert second.not_after == NOW - timedelta(seconds=2)
    assert third.not_after == NOW - timedelta(seconds=1)
    assert [event.raw for event in stored(place)] == place.agent.journal
    assert alarms(place)["agent_clock_ahead"]["count"] == 2


def test_a_few_minutes_ahead_are_forgiven(place: Place) -> None:
    place.agent.record(AccessGranted, at_s=FEW_S)
    place.send(place.agent.batch())
    (row,) = stored(place)
    assert (row.at, row.not_after) == (Utc.of(START + timedelta(seconds=FEW_S)), None)
    assert alarms(place) == {}


def test_a_clock_that_is_ahead_dates_no_other_event_of_its_boot(place: Place) -> None:
    place.agent.record(AccessGranted, at_s=YEARS_S, mono_ms=1000)
    place.agent.record(AccessGranted, at_s=0, mono_ms=2000, clock_trusted=False)
    place.send(place.agent.batch(sent_mono_ms=3000))
    assert [row.at for row in stored(place)] == [None, None]
    with place.world.database.read() as db:
        assert db.scalars(select(BootAnchor.at)).all() == [None]
    # Once the clock is right, all of the boot's events are dated by it.
    place.agent.record(AccessGranted, at_s=NOW_S, mono_ms=10_000)
    place.send(place.agent.batch(sent_mono_ms=10_000))
    expected = [Utc.of(NOW - timedelta(seconds=9)), Utc.of(NOW - timedelta(seconds=8)), NOW]
    assert [row.at for row in stored(place)] == expected


@pytest.mark.parametrize("at_s", [FEW_S, YEARS_S])
def test_a_certification_from_ahead_counts_from_now_and_locks_nothing(
    place: Place, at_s: float
) -> None:
    people, database = People(place.world.database), place.world.database
    who = {"trainer": people.refs[0], "trainee": people.refs[1]}
    place.agent.record(CertifiedAtMachine, at_s=at_s, certification="laser", **who)
    place.send(place.agent.batch())
    assert level_of(database, people.ids[1]) is Level.USER
    with database.write() as db:
        assert db.get_one(HeldRow, (people.ids[1], "laser")).granted_at <= NOW
        later, grant = Utc.of(NOW + timedelta(seconds=1)), Grant(level=Level.TRAINER)
        held = member_certifications.grant(
            db, people.ids[1], "laser", grant, actor=ADMIN, now=later
        )
        assert (held.level, held.valid_from) == (Level.TRAINER, later)


def test_an_older_certification_than_what_is_held_changes_nothing(place: Place) -> None:
    people, database = People(place.world.database), place.world.database
    with database.write() as db:
        grant = Grant(level=Level.ACCOMPANIED)
        member_certifications.grant(db, people.ids[1], "laser", grant, actor=ADMIN, now=NOW)
    who = {"trainer": people.refs[0], "trainee": people.refs[1]}
    place.agent.record(CertifiedAtMachine, at_s=10, certification="laser", **who)
    place.send(place.agent.batch())
    assert level_of(database, people.ids[1]) is Level.ACCOMPANIED


def test_a_reset_from_ahead_ends_no_later_fault(place: Place) -> None:
    place.agent.record(FaultReset, at_s=YEARS_S, fault="estop")
    place.send(place.agent.batch(sent_mono_ms=int(YEARS_S * 1000) + 10_000))
    place.agent.record(FaultRaised, at_s=NOW_S, fault="estop")
    place.send(place.agent.batch())
    with place.world.database.read() as db:
        (alarm,) = db.scalars(select(Alarm).where(Alarm.kind == "estop")).all()
    assert alarm.cleared_at is None


def test_a_door_from_ahead_locks_nobody_in(place: Place) -> None:
    people, database = People(place.world.database), place.world.database
    with database.write() as db:
        zones.create(
            db, NewZone(id="hall", name=Label(fr="Hall"), site_id=SITE), actor=ADMIN, now=START
        )
        door = db.get_one(AccessPointRow, "saw-0")
        door.kind, door.zone_id = PointKind.DOOR, "hall"
    fields = {"access_point": "saw-0", "member": people.refs[0]}
    place.agent.record(DoorOpened, at_s=YEARS_S, zone="hall", **fields)
    place.send(place.agent.batch())
    place.agent.record(DoorOpened, at_s=NOW_S, from_zone="hall", **fields)
    place.send(place.agent.batch())
    with database.read() as db:
        assert presence.page(db, actor=ADMIN).items == []


def test_a_session_from_ahead_has_no_start_in_the_future(place: Place) -> None:
    place.agent.record_session(YEARS_S)
    place.agent.record(AccessDenied, at_s=YEARS_S, reason="in_use")
    place.send(place.agent.batch(sent_mono_ms=int(YEARS_S * 1000) + 90_000))
    with place.world.database.read() as db:
        (session,) = db.scalars(select(SessionRow)).all()
    assert session.started_at is not None
    assert session.ended_at == session.started_at + timedelta(seconds=60)
    assert session.ended_at <= NOW
    assert session.powered_s == pytest.approx(60)
