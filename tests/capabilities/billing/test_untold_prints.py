"""Material that a printer used, of which nobody asked for the print, or nobody had tapped."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.billing import points, statements
from controller.capabilities.billing.kinds import Unit
from controller.capabilities.billing.rates import ArticleRate
from controller.capabilities.billing.review_points import Point, ReviewReason
from controller.capabilities.billing.shapes import CloseMonth
from controller.capabilities.members.models import MemberRow
from controller.capabilities.print_jobs import print_jobs, settlement
from controller.capabilities.print_jobs.models import PrintJob
from controller.capabilities.print_jobs.shapes import NewPrintJob
from controller.capabilities.training import course_sessions, enrolments
from controller.capabilities.training.shapes import NewCourseSession
from controller.capabilities.usage import projection
from controller.capabilities.usage.models import SessionRow
from controller.domain.ids import AccessPointId, MemberRef
from controller.domain.time import Utc
from controller.kernel.projections import StoredEvent
from controller.kernel.shapes import Label
from controller.wire.events import Event, SessionStarted, SessionState
from controller.wire.ids import uuid7
from controller.wire.messages import State
from tests.capabilities.billing.month import (
    NOVEMBER,
    OCTOBER,
    ended,
    follow,
    owed,
    set_tariff,
    somebody,
)
from tests.capabilities.conftest import BOSS, NOW, Place
from tests.security.desk.course_steps import ada

FILAMENT = ArticleRate(
    id="fil", name=Label(fr="Fil"), price_cents=5, unit=Unit.GRAM, access_point="laser-1"
)
DONE = {"outcome": "completed", "used_minutes": 470.0, "used_grams": 898.0}


def every_point(place: Place, month: str = NOVEMBER) -> list[Point]:
    with place.database.read() as db:
        sums = statements.sums(db, "here", month, actor=BOSS, now=place.now)
        return points.before_closing(db, "here", month, sums, place.now)


def shown(place: Place) -> list[Point]:
    untold = ReviewReason.UNTOLD, ReviewReason.NOBODYS_PRINT
    return [point for point in every_point(place) if point.missing in untold]


def printed(place: Place, ago_h: float, end: dict[str, Any] = DONE) -> str:
    """A print that began so long before now, without a question, and is reported."""
    new = NewPrintJob(access_point="laser-1", name="vase.gcode", grams=900)
    with place.database.write() as db:
        ago_s = int(ago_h * 3600)
        job = print_jobs.create(db, new, actor=BOSS, now=place.now, asked_s_ago=ago_s)
        print_jobs.change(db, job.id, end, version=None, actor=BOSS, now=place.now)
        settlement.settle_late(db, place.now)
    follow(place)
    return job.id


@pytest.mark.parametrize("is_priced", [True, False])
def test_a_print_for_which_nobody_had_tapped_is_a_point_to_check(
    place: Place, is_priced: bool
) -> None:
    if is_priced:
        set_tariff(place, FILAMENT)
    job = printed(place, 9)
    printed(place, 5, {"outcome": "not_started"})
    items = [point.item for point in shown(place)]
    assert [(it.id, it.grams) for it in items if it] == ([(job, 898.0)] if is_priced else [])
    assert owed(place.database) == 0


def test_its_box_may_report_until_the_print_has_ended_whose_it_was(place: Place) -> None:
    set_tariff(place, FILAMENT)
    member, ref = somebody(place)
    new = NewPrintJob(access_point="laser-1", name="vase.gcode", grams=900)
    with place.database.write() as db:
        job = print_jobs.create(db, new, actor=BOSS, now=place.now, asked_s_ago=3600)
    assert shown(place) == []
    with place.database.write() as db:
        ended(db, ref, 480, ago_days=0.1)
        print_jobs.change(db, job.id, DONE, version=None, actor=BOSS, now=place.now)
    assert owed(place.database, source_id=job.id, member_id=member) == 4490
    assert shown(place) == []


def asked(db: Session, session: str | None, days: float, **fields: Any) -> None:
    """A print that was asked for so many days ago."""
    at = Utc.of(NOW - timedelta(days=days))
    ids = {"id": uuid7(), "site_id": "here", "access_point_id": "laser-1"}
    told = {"outcome": "completed", "used_grams": 5.0} | fields
    db.add(PrintJob(session_id=session, asked_at=at, asked_by=BOSS.ref, **ids, **told))


def days_ago(days: float) -> Utc:
    return Utc.of(NOW - timedelta(days=days))


@pytest.fixture
def user(place: Place) -> str:
    """The reference of a member; the printer has told of prints before."""
    set_tariff(place, FILAMENT)
    with place.database.write() as db:
        asked(db, None, 29, used_minutes=3.0, used_grams=0.0, ended_at=days_ago(28.9))
    return somebody(place)[1]


def works(place: Place) -> list[tuple[str, float]]:
    """The uses that are shown, and the hours that the printer worked in them without a print."""
    follow(place)
    items = [point.item for point in shown(place) if point.missing is ReviewReason.UNTOLD]
    return [(it.id, round(it.worked_s / 3600, 2)) for it in items if it]


def test_a_use_in_which_a_printer_worked_and_reported_no_print_is_a_point_to_check(
    place: Place,
) -> None:
    """Not its warming up, nor before it reported any print, nor while another's print ends."""
    set_tariff(place, FILAMENT)
    _member, ref = somebody(place)
    with place.database.write() as db:
        ended(db, ref, 480, ago_days=9)  # no print server then
        for days in (8, 1):
            asked(db, ended(db, ref, 480, ago_days=days), days, ended_at=days_ago(days - 0.4))
        ended(db, ref, 60, ago_days=0.7)  # the former print is still in it
        ended(db, ref, 480, ago_days=7, active_s=1700.0)
        ended(db, ref, 480, ago_days=6, access_point_id="laser-2")
        worked = [ended(db, ref, 480, ago_days=days) for days in (5, 4)]
        asked(db, worked[1], 4, outcome="not_started", used_grams=None)
    assert works(place) == [(key, 8.0) for key in worked]


@pytest.mark.parametrize("told_days_later", [0.003, 2.5])
def test_one_small_print_does_not_hide_what_else_the_printer_made(
    place: Place, user: str, told_days_later: float
) -> None:
    """However late its end was told: what it took counts, and a quarter of an hour to heat."""
    with place.database.write() as db:
        use, next_use = (ended(db, user, 480, ago_days=days) for days in (3, 2))
        end = {"used_minutes": 3.0, "minutes": 400.0, "ended_at": days_ago(3 - told_days_later)}
        asked(db, use, 3, **end)
    hours = 7.93 if told_days_later < 1 else 7.7
    assert works(place) == [(use, hours), (next_use, 8.0)]


@pytest.mark.parametrize(
    ("minutes", "fields"),
    [
        (480, {"used_minutes": 440.0, "ended_at": days_ago(2)}),
        (480, {"used_minutes": 900.0, "ended_at": days_ago(2)}),
        (480, {"minutes": 470.0, "outcome": None, "used_grams": None}),
        (480, {"outcome": None, "used_grams": None}),
        (480, {"ended_at": days_ago(3 - 480 / 1440)}),
    ],
    ids=["heating", "goes_on", "expected", "unknown", "end"],
)
def test_work_within_the_time_of_a_print_is_no_point(
    place: Place, user: str, minutes: float, fields: dict[str, Any]
) -> None:
    """Also in the next use, and if the times of the use are estimates."""
    with place.database.write() as db:
        ended(db, user, minutes, ago_days=3)
        if fields.get("used_minutes") == 900:
            ended(db, user, 60, ago_days=3 - 480 / 1440, active_s=2100.0)
        latest = {"latest_start": days_ago(3), "latest_end": days_ago(2.5)}
        ended(db, user, 480, ago_days=3.5, **latest)
        asked(db, None, 3, **{"used_grams": 0.0} | fields)
    assert works(place) == []


@pytest.mark.parametrize(("is_there", "hours"), [(True, 7.98), (False, 8.0)])
def test_what_a_printer_made_after_a_course_is_its_user_s(
    place: Place, user: str, is_there: bool, hours: float
) -> None:
    start = days_ago(3)
    with place.database.write() as db:
        member = db.scalars(select(MemberRow.id).where(MemberRow.ref == user)).one()
        trainer = ada(db, place)
        new = NewCourseSession(
            starts_at=Utc.of(start - timedelta(hours=2)),
            ends_at=Utc.of(start + timedelta(minutes=1)),
            trainer_id=trainer,
            site_id="here",
        )
        before = days_ago(4)
        course = course_sessions.create(db, new, actor=BOSS, now=before).id
        if is_there:
            enrolments.enrol(db, course, member, actor=BOSS, now=before)
        use = ended(db, user, 480, ago_days=3, course_session_id=course)
        within = ended(db, user, 1, ago_days=3.05, course_session_id=course, active_s=4000.0)
        db.get_one(SessionRow, within).ended_at = days_ago(3)
    found = dict(works(place))
    assert found[use] == hours
    assert (within in found) is not is_there


def test_what_a_box_tells_after_its_month_is_closed_is_a_point_of_the_open_month(
    place: Place, user: str
) -> None:
    """What was told before is not shown again."""
    told = [ReviewReason.DOUBT, ReviewReason.UNTOLD]

    def tell(days: float) -> None:
        with place.database.write() as db:
            way = {"end_told_at": place.now}
            ended(db, user, 480, ago_days=days, is_doubtful=True, active_s=0.0, **way)
            ended(db, user, 480, ago_days=days - 0.5, **way)
        follow(place)

    def close(month: str) -> None:
        with place.database.write() as db:
            closing = CloseMonth(month=month, site_id="here")
            statements.close(db, closing, actor=BOSS, now=place.now)

    def reasons(month: str) -> list[ReviewReason]:
        found = [point.missing for point in every_point(place, month)]
        return [missing for missing in found if missing in told]

    tell(5)
    assert reasons(NOVEMBER) == told
    place.clock.forward(days=25)
    for month in (OCTOBER, NOVEMBER):
        close(month)
    place.clock.forward(minutes=1)
    assert reasons("2026-12") == []
    tell(3)
    assert [reasons(month) for month in ("2026-12", "2027-01")] == [told, []]
    place.clock.forward(days=25)
    close("2026-12")
    assert reasons("2027-01") == []


DECEMBER = "2026-12"


def closed_november(place: Place) -> None:
    follow(place)
    with place.database.write() as db:
        for month in (OCTOBER, NOVEMBER):
            closing = CloseMonth(month=month, site_id="here")
            statements.close(db, closing, actor=BOSS, now=place.now)


@pytest.mark.parametrize("end", ["never", "given up", "superseded"])
def test_what_has_no_end_and_is_told_late_is_a_point_of_the_open_month(
    place: Place, user: str, end: str
) -> None:
    place.clock.forward(days=8)
    closed_november(place)
    place.clock.forward(days=1)
    none = {"end_told_at": None, "ended_at": None, "cause": None}
    with place.database.write() as db:
        fields: dict[str, dict[str, Any]] = {
            "never": {**none, "start_told_at": place.now, "is_doubtful": True},
            "given up": {**none, "given_up_at": place.now, "is_doubtful": True},
            "superseded": {"start_told_at": place.now, "cause": "superseded", "end_told_at": None},
        }
        use = ended(db, user, 480, ago_days=3, **fields[end])
    found = [(point.missing, point.item.id) for point in every_point(place, DECEMBER) if point.item]
    assert found == [(ReviewReason.UNTOLD if end == "superseded" else ReviewReason.DOUBT, use)]


@pytest.mark.parametrize(("closed_after_h", "month"), [(14, DECEMBER), (30, NOVEMBER)])
def test_a_print_that_could_not_be_shown_before_the_closing_is_of_the_open_month(
    place: Place, closed_after_h: float, month: str
) -> None:
    """A print without a badge on the last evening of the month, whose end is never told."""
    set_tariff(place, FILAMENT)
    place.clock.now = Utc.parse("2026-11-30T19:00:00.000Z")
    with place.database.write() as db:
        new = NewPrintJob(access_point="laser-1", name="vase.gcode", grams=900)
        print_jobs.create(db, new, actor=BOSS, now=place.now, asked_s_ago=1)
    place.clock.forward(hours=closed_after_h)
    shown_before = every_point(place)
    closed_november(place)
    place.clock.forward(days=3)
    expected = [ReviewReason.NOBODYS_PRINT]
    assert [point.missing for point in shown_before] == (expected if month == NOVEMBER else [])
    assert [point.missing for point in every_point(place, DECEMBER)] == (
        expected if month == DECEMBER else []
    )


def test_a_use_that_the_next_start_ended_is_of_the_month_that_was_open_when_it_was_told(
    place: Place, user: str
) -> None:
    """Its own start was told in time."""
    use, start, next_start = uuid7(), days_ago(3), days_ago(2.5)
    worked: dict[str, Any] = {"session_id": use, "state": State.RUNNING, "active_s": 28800.0}
    member = MemberRef(user)
    box_told(place, start, SessionStarted(**head(start), session_id=use, member=member))
    box_told(place, start, SessionState(**head(start), **worked))
    place.clock.forward(days=8)
    closed_november(place)
    place.clock.forward(days=1)
    started = SessionStarted(**head(next_start), session_id=uuid7(), member=member)
    box_told(place, next_start, started)
    with place.database.read() as db:
        assert db.get_one(SessionRow, use).ended_at == next_start
    items = [point.item for point in every_point(place, DECEMBER)]
    assert [item.id for item in items if item] == [use]


def head(at: Utc) -> dict[str, Any]:
    ids = {"event_id": uuid7(), "boot_id": uuid7(), "mono_ms": 0}
    return {**ids, "at": at, "clock_trusted": True, "access_point": AccessPointId("laser-1")}


def box_told(place: Place, at: Utc, event: Event) -> None:
    """The hub receives an event now."""
    stored = StoredEvent(
        site="here",
        agent="pi",
        stream=uuid7(),
        seq=1,
        event=event,
        at=at,
        best_time=at,
        estimate=at,
        received_at=place.now,
        arrived_late=True,
    )
    with place.database.write() as db:
        projection.project(db, [stored])
