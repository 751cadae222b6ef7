"""A presence ends by the rule of the place; who forgot to badge out is put right afterwards."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.places import schedules, sites
from controller.capabilities.places.shapes import NewSchedule
from controller.capabilities.plans import pass_days, passes
from controller.capabilities.plans.models import PassKind
from controller.capabilities.plans.shapes import NewPass
from controller.capabilities.presence import endings, evacuations, occupancy, presence
from controller.capabilities.presence.models import (
    EndedVisit,
    EvacuationKind,
    Occupancy,
    PresenceRow,
)
from controller.capabilities.presence.shapes import (
    EndEvacuation,
    NewEvacuation,
    NewPresence,
    Present,
)
from controller.capabilities.statistics.models import Visitor
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Forbidden, Invalid, NotFound
from controller.kernel.models import AuditEntry
from controller.kernel.validate import parse
from tests.capabilities.conftest import BOSS, Place

ROOM = "workshop"
PARIS = ZoneInfo("Europe/Paris")
SPLIT_DAY = [
    {"weekday": day, "start": start, "end": end}
    for day in range(5)
    for start, end in (("09:00", "12:00"), ("14:00", "18:30"))
]


def enter(db: Session, place: Place, member: str) -> Utc:
    ref = db.get_one(MemberRow, member).ref
    return presence.move(db, place.site, ROOM, ref, at=place.now, now=place.now).until or place.now


def rule(db: Session, place: Place, **patch: Any) -> None:
    sites.change(db, place.site, patch, version=None, actor=BOSS, now=place.now)


def local(at: Utc) -> str:
    return at.astimezone(PARIS).strftime("%d %H:%M")


@pytest.mark.parametrize(
    ("came", "patch", "end"),
    [
        ("09:30", {"presence_end": "closing"}, "24 18:30"),  # the break at noon signs nobody out
        ("08:00", {"presence_end": "closing"}, "24 18:30"),  # before it opens
        ("20:00", {"presence_end": "closing"}, "25 20:00"),  # closed for the day
        ("09:30", {"presence_end": "closing", "presence_longest_h": 4}, "24 13:30"),
        ("09:30", {"presence_end": "duration", "presence_longest_h": 10}, "24 19:30"),
        ("09:30", {"presence_end": "own_hours"}, "24 20:00"),  # those of the person's plan
    ],
)
def test_the_place_sets_when_a_presence_ends(
    place: Place, came: str, patch: dict[str, Any], end: str
) -> None:
    place.clock.now = Utc.parse(f"2026-11-24T{int(came[:2]) - 1:02}{came[2:]}:00.000Z")
    with place.database.write() as db:
        ada = place.member(db, "Ada", plan="bureau").id
        place.badge(db, ada)
        if patch["presence_end"] == "closing":
            new = parse(
                {"id": "split", "name": {"fr": "Semaine"}, "weekly": SPLIT_DAY}, NewSchedule
            )
            schedules.create(db, new, actor=BOSS, now=place.now)
            patch = patch | {"opening": "split"}
        rule(db, place, **patch)
        assert local(enter(db, place, ada)) == end


def forget(place: Place, db: Session) -> str:
    """Ada comes at nine, works, forgets to badge out, and is signed out; it is the next morning."""
    ada = place.member(db, "Ada").id
    rule(db, place, presence_end="duration", presence_longest_h=12)
    place.clock.now = Utc.parse("2026-11-24T08:00:00.000Z")
    enter(db, place, ada)
    for _ in range(4 * 12):
        occupancy.count_all_zones(db, place.now)
        place.clock.forward(minutes=15)
    presence.sign_out_due(db, place.now)
    place.clock.now = Utc.parse("2026-11-25T08:30:00.000Z")
    return ada


def heads(db: Session) -> int:
    """Quarters of an hour in which somebody was in."""
    rows = select(Occupancy).where(Occupancy.peak > 0)
    return len(db.scalars(rows.execution_options(populate_existing=True)).all())


def exit_at(hour: int) -> Utc:
    return Utc.parse(f"2026-11-24T{hour:02}:00:00.000Z")


def test_a_forgotten_exit_is_put_right_by_the_desk_within_the_visit(place: Place) -> None:
    with place.database.write() as db:
        ada = forget(place, db)
        enter(db, place, ada)  # back already
        look: dict[str, Any] = {"actor": BOSS, "now": place.now}
        visit = endings.last_visit(db, ada, place.site, **look)
        assert visit is not None
        assert visit.ended_at == exit_at(20)
        counted = heads(db)
        for at in (exit_at(7), exit_at(21), Utc.of(place.now + timedelta(minutes=1))):
            with pytest.raises(Invalid):
                endings.correct(db, visit.id, at, **look)
        made = endings.correct(db, visit.id, exit_at(17), **look)
        assert (made.ended_at, made.corrected_by) == (exit_at(17), BOSS.ref)
        assert counted - heads(db) == 3 * 4 - 1  # the quarter at eight had not been counted
        endings.correct(db, visit.id, exit_at(18), **look)
        assert counted - heads(db) == 2 * 4 - 1
        assert [person.name for person in presence.page(db, actor=BOSS).items] == ["Ada"]
    with place.database.read() as db:
        told = db.scalars(select(AuditEntry).where(AuditEntry.action == "exit_corrected")).all()
    assert [(entry.actor, entry.subject) for entry in told] == [(BOSS.ref, f"visit:{visit.id}")] * 2


def test_the_member_corrects_their_own_and_nobody_elses(place: Place) -> None:
    with place.database.write() as db:
        ada, eve = forget(place, db), place.member(db, "Eve").id
        mine, other = (
            Actor(ref=f"account:{key}", roles={place.site: frozenset({Role.MEMBER})}, member_id=key)
            for key in (ada, eve)
        )
        visit = endings.last_visit(db, ada, place.site, actor=mine, now=place.now)
        assert visit is not None
        with pytest.raises(NotFound):
            endings.last_visit(db, ada, place.site, actor=other, now=place.now)
        with pytest.raises(NotFound):
            endings.correct(db, visit.id, exit_at(17), actor=other, now=place.now)
        made = endings.correct(db, visit.id, exit_at(17), actor=mine, now=place.now)
        assert made.corrected_by == mine.ref
        watching = Actor(ref="account:x", roles={place.site: frozenset({Role.TRAINER})})
        with pytest.raises((Forbidden, NotFound)):
            endings.correct(db, visit.id, exit_at(17), actor=watching, now=place.now)


def test_who_is_in_since_yesterday_left_at_a_time_of_yesterday(place: Place) -> None:
    with place.database.write() as db:
        ada = place.member(db, "Ada").id
        enter(db, place, ada)
        (here,) = presence.page(db, actor=BOSS).items
        came, look = place.now, {"actor": BOSS, "now": place.clock.forward(hours=20)}
        visit = endings.last_visit(db, ada, place.site, **look)  # type: ignore[arg-type]
        assert visit is not None
        assert (visit.id, visit.ended_at) == (here.id, None)
        left = endings.moment_after(came, time(18), PARIS)
        assert local(left) == "24 18:00"
        presence.check_out(db, here.id, at=left, **look)  # type: ignore[arg-type]
        visit = endings.last_visit(db, ada, place.site, **look)  # type: ignore[arg-type]
        assert visit is not None
        assert (visit.ended_at, visit.corrected_by) == (left, BOSS.ref)
        assert local(endings.moment_after(came, time(7, 15), PARIS)) == "25 07:15"


def test_after_two_days_nothing_of_it_is_left(place: Place) -> None:
    with place.database.write() as db:
        ada = forget(place, db)
        presence.sign_out_due(db, place.clock.forward(days=2))
        assert db.scalars(select(EndedVisit)).all() == []
        assert endings.last_visit(db, ada, place.site, actor=BOSS, now=place.now) is None


@pytest.mark.parametrize(
    "patch",
    [
        {"presence_end": "own_hours"},
        {"presence_end": "closing", "opening": "split"},
        {"presence_end": "duration", "presence_longest_h": 1},
    ],
)
def test_an_entry_that_the_desk_records_once_the_visit_is_over_counts_and_leaves_nobody_in(
    place: Place, patch: dict[str, Any]
) -> None:
    """Eve came at 17:30, it is past ten in the evening, and she buys her pass only now."""
    place.clock.now = Utc.parse("2026-11-24T21:07:00.000Z")
    came = Utc.parse("2026-11-24T16:30:00.000Z")
    with place.database.write() as db:
        if patch.get("opening"):
            new = {"id": "split", "name": {"fr": "Semaine"}, "weekly": SPLIT_DAY}
            schedules.create(db, parse(new, NewSchedule), actor=BOSS, now=place.now)
        rule(db, place, **patch)
        eve = place.member(db, "Eve", plan=None).id
        bought = NewPass(
            member_id=eve, plan_id="bureau", kind=PassKind.DAY, units=10, valid_from=place.now
        )
        key = passes.create(db, bought, actor=BOSS, now=place.now).id
        look: dict[str, Any] = {"actor": BOSS, "now": place.now}
        entry = NewPresence(zone_id=ROOM, member_id=eve, at=came)
        present, spent = presence.check_in_spending_pass(db, entry, **look)
        assert (present.zone_id, present.since) == (ROOM, came)
        assert present.until is not None
        assert present.until <= place.now
        assert passes.get(db, key, actor=BOSS).spent == 1
        assert presence.page(db, actor=BOSS).items == []
        visit = endings.last_visit(db, eve, place.site, **look)
        assert visit is not None
        assert (visit.since, visit.ended_at) == (came, present.until)
        assert [row.entries for row in db.scalars(select(Occupancy))] == [1]

        with pytest.raises(presence.MoveRecordedSince), db.begin_nested():
            presence.check_in(db, entry, **look)  # sent twice

        presence.take_back(db, present.id, actor=BOSS, now=place.now)
        assert spent is not None
        pass_days.restore_day(db, spent, eve, came, **look)
        assert passes.get(db, key, actor=BOSS).spent == 0
        assert endings.last_visit(db, eve, place.site, **look) is None
        assert [row.by_desk for row in db.scalars(select(Visitor))] == []


def test_nobody_counts_twice_in_a_visit_that_is_recorded(place: Place) -> None:
    """Ada was in from 10:00 to 20:00 by the rule; the desk records more late in the evening."""
    place.clock.now = Utc.parse("2026-11-24T21:45:00.000Z")

    def at(hour: int) -> Utc:
        return Utc.of(datetime(2026, 11, 24, hour, tzinfo=PARIS))

    def come(db: Session, hour: int) -> Present:
        with db.begin_nested():
            entry = NewPresence(zone_id=ROOM, member_id=ada, at=at(hour))
            return presence.check_in(db, entry, actor=BOSS, now=place.now)

    def counts(db: Session) -> list[tuple[int, int]]:
        return [(row.peak, row.entries) for row in db.scalars(select(Occupancy))]

    with place.database.write() as db:
        rule(db, place, presence_end="duration", presence_longest_h=10)
        ada = place.member(db, "Ada").id
        assert come(db, 10).until == at(20)
        before = counts(db)
        for hour in (15, 19, 10):
            with pytest.raises(presence.VisitRecorded) as refused:
                come(db, hour)
            assert (refused.value.since, refused.value.until) == (at(10), at(20))
        assert counts(db) == before
        visit = endings.last_visit(db, ada, place.site, actor=BOSS, now=place.now)
        assert visit is not None
        endings.correct(db, visit.id, at(12), actor=BOSS, now=place.now)
        assert come(db, 13).until == at(23), "she came back"
        row = db.scalars(select(PresenceRow)).one()
        presence.take_back(db, row.id, actor=BOSS, now=place.now)
        db.delete(row)  # as two days after the entry
        db.flush()
        with pytest.raises(presence.VisitRecorded):
            come(db, 9)  # would be signed out at 19:00


def test_an_entry_before_a_later_exit_or_an_evacuation_is_refused_for_that_reason(
    place: Place,
) -> None:
    with place.database.write() as db:
        ada, eve = place.member(db, "Ada").id, place.member(db, "Eve").id
        enter(db, place, ada)
        start = place.now
        (here,) = presence.page(db, actor=BOSS).items
        presence.check_out(db, here.id, actor=BOSS, now=place.clock.forward(minutes=10))
        entry = NewPresence(zone_id=ROOM, member_id=ada, at=start)
        with pytest.raises(presence.MoveRecordedSince), db.begin_nested():
            presence.check_in(db, entry, actor=BOSS, now=place.now)
        drill = NewEvacuation(kind=EvacuationKind.DRILL)
        key = evacuations.start(db, drill, actor=BOSS, now=place.now).id
        place.clock.forward(minutes=10)
        evacuations.end(db, key, EndEvacuation(), actor=BOSS, now=place.now)
        entry = NewPresence(zone_id=ROOM, member_id=eve, at=start)
        with pytest.raises(presence.EmptiedSince), db.begin_nested():
            presence.check_in(db, entry, actor=BOSS, now=place.now)
