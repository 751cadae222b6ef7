"""A day of all the controller's jobs by a wrong clock, which is then set right: nothing is lost.

The day that was wrong is compared with the same day by a right clock: what stands in the database
at the end is equal.
"""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from controller.assembly import HOUSE
from controller.capabilities.alarms.controller_alarms import set_job_alarm
from controller.capabilities.billing import tariffs
from controller.capabilities.billing.models import ChargeRow
from controller.capabilities.billing.rates import MachineRate
from controller.capabilities.billing.shapes import NewTariff
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.clock.clock_check import Confirmation, confirm, is_date_sure
from controller.capabilities.members.models import MemberRow
from controller.capabilities.opendata import publication
from controller.capabilities.opendata.models import PublishedTable
from controller.capabilities.plans import subscriptions
from controller.capabilities.plans.shapes import NewSubscription
from controller.capabilities.presence import presence
from controller.capabilities.presence.models import PresenceRow
from controller.capabilities.presence.shapes import NewPresence
from controller.capabilities.statistics.models import Visitor, VisitorBorder, VisitorPast
from controller.capabilities.training.models import CourseSessionRow
from controller.capabilities.usage.models import SessionRow
from controller.capabilities.user_reports.models import HandoverNote, UserReport
from controller.domain.time import Utc
from controller.kernel.database import Database, Session
from controller.kernel.job_runner import JobRunner
from controller.kernel.jobs import NeedsDate
from controller.kernel.journal import EventRow
from controller.kernel.models import JobRow
from controller.policy.models import PolicyRow
from controller.settings import Settings
from tests.capabilities.privacy.lived import SYSTEM, Lived
from tests.hub.world import SITE
from tests.support.until import until

STEP_S = 10800.0
CHANGES = {
    "summer time begins": Utc.parse("2026-03-29T01:00:00.000Z"),
    "summer time ends": Utc.parse("2026-10-25T01:00:00.000Z"),
}
OFFSETS = {
    "two years ahead": timedelta(days=731),
    "two years behind": timedelta(days=-731),
    "a day ahead": timedelta(days=1),
}


class Day:
    """The jobs of a controller, hour by hour, by a clock that the test moves."""

    def __init__(self, lived: Lived) -> None:
        self.lived = lived
        self.database = Database(lived.database.engine, clock=lived.clock, house=HOUSE)
        self._mono_s = 0.0
        self._runner = JobRunner(
            self.database,
            "hub",
            Settings(),
            alarm=set_job_alarm,
            sites=lambda: {SITE},
            clock=lived.clock,
            monotonic=lambda: self._mono_s,
            is_date_sure=_is_sure,
        )

    def goes_on(self, hours: float, step_s: float = STEP_S) -> None:
        """Time passes; what is due is done at each step."""
        for _ in range(round(hours * 3600 / step_s)):
            self._mono_s += step_s
            self.lived.clock.forward(seconds=step_s)
            self._grow_older(step_s)
            self._runner.poll()
            until(self._is_idle, "a job does not end")

    def jump(self, offset: timedelta) -> None:
        """Somebody, or a battery, moves the clock; on PostgreSQL jobs are due by its own."""
        self.lived.clock.now = Utc.of(self.lived.clock.now + offset)

    def _is_idle(self) -> bool:
        with self.database.read() as db:
            return not db.scalars(select(JobRow).where(JobRow.holder.is_not(None))).all()

    def _grow_older(self, seconds: float) -> None:
        if self.database.engine.dialect.name == "postgresql":
            with self.database.write() as db:
                for column in ("due_at", "until", "started_at"):
                    earlier = f"{column} - interval '{seconds} seconds'"
                    db.execute(text(f"UPDATE job SET {column} = {earlier}"))  # noqa: S608


def _is_sure(db: Session, needs: NeedsDate, now: Utc) -> bool:
    return is_date_sure(db, needs, now, lambda: None)


def furnish(lived: Lived) -> None:
    """What a wrong clock could charge, end, release, publish or forget."""
    now = lived.clock.now
    with lived.database.write() as db:
        rates = (MachineRate(access_point="machine-0", price_cents=100),)
        tariff = NewTariff(
            valid_from=date(2026, 1, 1), decision="2026-1", rates=rates, site_id=SITE
        )
        tariffs.create(db, tariff, actor=SYSTEM, now=now)
        publication.publish(db, SITE, actor=SYSTEM, now=now, access_days=90)
    next_week = now + timedelta(days=7)
    lived.call(
        "POST",
        "/bookings",
        {
            "member_id": lived.ids["ali"],
            "access_point": "saw-0",
            "starts_at": next_week.strftime("%Y-%m-%dT10:00:00.000Z"),
            "ends_at": next_week.strftime("%Y-%m-%dT11:00:00.000Z"),
        },
    )
    day = (now + timedelta(days=20)).strftime("%Y-%m-%d")
    course = {
        "course_id": "laser-1",
        "starts_at": f"{day}T09:00:00.000Z",
        "ends_at": f"{day}T12:00:00.000Z",
        "places": 8,
    }
    lived.call("POST", "/course-sessions", course)


def state(lived: Lived) -> dict[str, list[tuple[Any, ...]]]:
    """What must not depend on the clock having been wrong."""
    asked = {
        "members": select(MemberRow.id, MemberRow.display_name),
        "events": select(EventRow.seq, EventRow.body.is_(None)),
        "sessions": select(SessionRow.id, SessionRow.member_ref),
        "bookings": select(BookingRow.id, BookingRow.closed_at, BookingRow.missed_at),
        "charges": select(ChargeRow.source_id, ChargeRow.month, ChargeRow.amount_cents),
        "visitors": select(Visitor.month, Visitor.ref),
        "visitors past": select(VisitorPast.month, VisitorPast.public, VisitorPast.people),
        "border": select(VisitorBorder.month),
        "courses": select(CourseSessionRow.id, CourseSessionRow.is_open),
        "reports": select(UserReport.id, UserReport.member_id),
        "notes": select(HandoverNote.id),
        "published": select(PublishedTable.dataset, PublishedTable.month),
        "policy": select(PolicyRow.table, PolicyRow.key, PolicyRow.value).where(
            PolicyRow.value.is_not(None),
            PolicyRow.table != "zone",  # it says how many are in
        ),
    }
    with lived.database.read() as db:
        return {
            name: sorted((tuple(row) for row in db.execute(found)), key=repr)
            for name, found in asked.items()
        }


@pytest.fixture
def day(lived: Lived) -> Day:
    furnish(lived)
    made = Day(lived)
    start = lived.clock.now
    for plan in ("studio", "desk"):
        lived.call("POST", "/plans", {"id": plan, "name": {"fr": plan}})
    with made.database.write() as db:
        for plan, days in (("studio", 400), ("desk", 500)):
            new = NewSubscription(
                member_id=lived.ids["zoe"],
                plan_id=plan,
                valid_from=Utc.of(start - timedelta(days=60)),
                valid_until=Utc.of(start + timedelta(days=days)),
            )
            subscriptions.create(db, new, actor=SYSTEM, now=start)
    return made


@pytest.mark.parametrize("offset", OFFSETS.values(), ids=OFFSETS)
def test_after_a_wrong_day_everything_is_as_after_a_right_one(day: Day, offset: timedelta) -> None:
    lived = day.lived
    day.goes_on(24)
    zoe_comes_in(lived)
    before = state(lived)
    day.jump(offset)
    day.goes_on(24)
    wrong = state(lived)
    day.jump(-offset)
    day.goes_on(24)
    after = state(lived)
    for kind in before.keys() - {"policy"}:
        assert wrong[kind] == before[kind], f"{kind} by the wrong clock"
    assert after == before
    assert len(where_zoe_is(lived)) == 1, "neither forgotten nor doubled"
    assert where_zoe_is(lived) == [None], "signed out once the date is right"


def test_what_is_due_later_goes_though_the_clock_was_wrong(day: Day) -> None:
    """Nothing is kept for ever: neither by a clock behind nor after one ahead."""
    lived = day.lived
    for offset in OFFSETS.values():
        day.jump(offset)
        day.goes_on(6)
        day.jump(-offset)
        day.goes_on(6)
    for _ in range(20):
        day.goes_on(120, step_s=432_000.0)
    found = state(lived)
    assert {ref for _id, ref in found["sessions"]} == {None}
    assert found["visitors"] == []
    assert sum(people for _month, _public, people in found["visitors past"]) == 2
    assert len({row[0] for row in found["charges"]}) == len(found["charges"])


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_over_a_change_of_summer_time_jobs_do_everything_once(day: Day, change: Utc) -> None:
    lived = day.lived
    lived.clock.now = Utc.of(change - timedelta(hours=36))
    with lived.database.write() as db:
        today = Confirmation(date=lived.clock.now.date())
        confirm(db, today, actor=SYSTEM, now=lived.clock.now)
    day.goes_on(26)
    zoe_comes_in(lived)
    before = state(lived)
    day.goes_on(20, step_s=3600.0)
    after = state(lived)
    assert where_zoe_is(lived) in (["wood"], [None])
    for kind in ("members", "charges", "visitors", "visitors past"):
        assert after[kind] == before[kind]
    for kind in ("charges", "published"):
        assert len(set(after[kind])) == len(after[kind])


def zoe_comes_in(lived: Lived) -> None:
    with lived.database.write() as db:
        here = NewPresence(zone_id="wood", member_id=lived.ids["zoe"])
        presence.check_in(db, here, actor=SYSTEM, now=lived.clock.now)


def where_zoe_is(lived: Lived) -> list[str | None]:
    with lived.database.read() as db:
        here = PresenceRow.member_ref == lived.refs["zoe"]
        return list(db.scalars(select(PresenceRow.zone_id).where(here)))
