"""The material of a print follows its machine session: a course's, its payer's, or its user's."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentAway
from controller.capabilities.billing import book_updates, charges, check, ledger, statements
from controller.capabilities.billing.kinds import Unit
from controller.capabilities.billing.models import ChargeRow
from controller.capabilities.billing.rates import ArticleRate
from controller.capabilities.billing.shapes import CloseMonth, Remission
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow
from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.shapes import NewOrganisation
from controller.capabilities.print_jobs import print_jobs, settlement
from controller.capabilities.print_jobs.models import Outcome as PrintOutcome
from controller.capabilities.print_jobs.models import PrintJob
from controller.capabilities.privacy.erasure.erase import Erasure, ErasureBlocked, erase
from controller.capabilities.training import course_sessions, enrolments, outcomes
from controller.capabilities.training.models import Outcome
from controller.capabilities.training.shapes import NewCourseSession
from controller.capabilities.usage import sessions
from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7
from tests.capabilities import second_site
from tests.capabilities.billing.month import NOVEMBER, OCTOBER, ended, follow, owed, set_tariff
from tests.capabilities.conftest import BOSS, Place

FILAMENT = ArticleRate(
    id="fil", name=Label(fr="Fil"), price_cents=5, unit=Unit.GRAM, access_point="laser-1"
)
Change = Callable[[Session], object]


class Course:
    """A course of three hours at the end of October, and a print in it that ends in November."""

    def __init__(self, place: Place) -> None:
        self.place = place
        set_tariff(place, FILAMENT)
        with place.database.write() as db:
            new = NewOrganisation(name=Label(fr="Récup’Art"), site_id=place.site)
            self.payer = organisations.create(db, new, actor=BOSS, now=place.now).id
            self.member = place.member(db, "Zoé").id
            self.began = Utc.of(place.now - timedelta(days=24.5))
            self.ends = Utc.of(self.began + timedelta(hours=2))
            planned = NewCourseSession(
                starts_at=Utc.of(self.began - timedelta(hours=1)),
                ends_at=self.ends,
                site_id=place.site,
                organisation_id=self.payer,
            )
            self.id = course_sessions.create(db, planned, actor=BOSS, now=self.began).id
            enrolments.enrol(db, self.id, self.member, actor=BOSS, now=planned.starts_at)
            self.ref = db.get_one(MemberRow, self.member).ref
            way: dict[str, Any] = {"course_session_id": self.id, "organisation_id": self.payer}
            self.used = ended(db, self.ref, 38, ago_days=24.5, **way)
            self.job = self.printed(db, self.began)

    def printed(self, db: Session, begun: Utc) -> str:
        """A print of 900 g in the machine session, begun then and settled now."""
        job = PrintJob(
            id=uuid7(),
            site_id=self.place.site,
            access_point_id="laser-1",
            session_id=self.used,
            used_grams=900.0,
            outcome=PrintOutcome.COMPLETED,
            asked_at=begun,
            asked_by=BOSS.ref,
            ended_at=self.place.now,
        )
        db.add(job)
        settlement.settle(db, job, actor=BOSS, now=self.place.now)
        return job.id

    def moved(self, ends: timedelta) -> Change:
        """The course ends at another time, and begins as long before."""
        end = Utc.of(self.ends + ends)
        patch = {"starts_at": Utc.of(end - timedelta(hours=3)).text(), "ends_at": end.text()}
        return lambda db: course_sessions.change(db, self.id, patch, version=None, **self.way)

    @property
    def way(self) -> dict[str, Any]:
        return {"actor": BOSS, "now": self.place.now}

    def changes(self) -> list[tuple[Change, Change]]:
        """What takes the print out of the course, each with what puts it back."""
        noted = partial(outcomes.note_outcome, session_id=self.id, member_id=self.member)
        return [
            (
                partial(noted, outcome=Outcome.ABSENT, seen=None, **self.way),
                partial(noted, outcome=None, seen=Outcome.ABSENT, **self.way),
            ),
            (
                lambda db: enrolments.withdraw(db, self.id, self.member, **self.way),
                lambda db: enrolments.restore(
                    db, self.id, self.member, has_waited=False, **self.way
                ),
            ),
            (
                lambda db: course_sessions.cancel(db, self.id, **self.way),
                lambda db: course_sessions.reinstate(db, self.id, **self.way),
            ),
            (self.moved(timedelta(days=1)), self.moved(timedelta())),
            (self.moved(timedelta(hours=-2)), self.moved(timedelta())),
        ]

    def apply(self, change: Change) -> None:
        """Something changes, and the books follow; a second time they have nothing to do."""
        with self.place.database.write() as db:
            change(db)
        follow(self.place)
        before = count(self.place)
        with self.place.database.write() as db:
            book_updates.derive_member(db, self.ref, self.place.now)
        assert count(self.place) == before


@pytest.fixture
def course(place: Place) -> Course:
    return Course(place)


def count(place: Place) -> int:
    with place.database.read() as db:
        return db.scalar(select(func.count()).select_from(ChargeRow)) or 0


def is_right(place: Place) -> bool:
    with place.database.read() as db:
        return check.check(db, "here").is_right


def test_the_material_is_charged_and_free_again_as_the_course_changes(
    place: Place, course: Course
) -> None:
    """Each in both directions, by an entry and its reversal; the organisation pays for none."""
    assert owed(place.database, source_id=course.job) == 0
    for gone, back in course.changes():
        course.apply(gone)
        assert owed(place.database, source_id=course.job, month=NOVEMBER) == 4500
        assert owed(place.database, organisation_id=course.payer) == 0
        course.apply(back)
        assert owed(place.database, source_id=course.job) == 0
    assert is_right(place)


def test_after_the_month_is_closed_the_next_statement_has_the_material(
    place: Place, course: Course
) -> None:
    (gone, back), *_ = course.changes()
    place.clock.forward(days=14)
    follow(place)
    with place.database.write() as db:
        for month in (OCTOBER, NOVEMBER):
            statements.close(db, CloseMonth(month=month, site_id="here"), actor=BOSS, now=place.now)
    for change, cents in ((gone, 4500), (back, 0)):
        course.apply(change)
        assert owed(place.database, source_id=course.job, month=NOVEMBER) == 0
        assert owed(place.database, source_id=course.job, month="2026-12") == cents
    assert is_right(place)


def test_the_material_goes_with_whoever_the_machine_session_is_booked_to(
    place: Place, course: Course
) -> None:
    """What somebody chose since stays, as for the machine."""
    (gone, back), *_ = course.changes()
    course.apply(gone)
    assert owed(place.database, member_id=course.member, organisation_id=course.payer) == 0
    course.apply(
        lambda db: sessions.change(
            db, course.used, {"organisation_id": course.payer}, version=None, **course.way
        )
    )
    assert owed(place.database, organisation_id=course.payer) == 4500
    course.apply(back)
    assert owed(place.database) == 0


def test_a_print_that_begins_after_the_course_is_charged_until_the_course_takes_longer(
    place: Place, course: Course
) -> None:
    with place.database.write() as db:
        late = course.printed(db, Utc.of(course.ends + timedelta(minutes=1)))
    follow(place)
    assert (owed(place.database, source_id=late), owed(place.database)) == (4500, 4500)
    course.apply(course.moved(timedelta(minutes=2)))
    assert owed(place.database) == 0


def test_once_nobody_knows_whose_it_was_the_material_stays_as_it_is_until_it_is_cancelled(
    place: Place, course: Course
) -> None:
    """Retention removes who used the machine; the material is not free again, nor is what was
    remitted of it owed again."""
    (gone, _back), *_ = course.changes()
    course.apply(gone)
    why = Remission(amount_cents=500, reason="volunteer")
    course.apply(
        lambda db: charges.remit(
            db,
            db.scalars(ledger.valid_charges().where(ChargeRow.source_id == course.job)).one().id,
            why,
            **course.way,
        )
    )
    course.apply(
        lambda db: db.execute(
            update(SessionRow).where(SessionRow.id == course.used).values(member_ref=None)
        )
    )
    assert (owed(place.database, source_id=course.job), owed(place.database)) == (4500, 4000)
    assert is_right(place)
    course.apply(lambda db: charges.take_back(db, course.job, **course.way))
    assert owed(place.database) == 0


def test_a_print_that_is_not_reported_is_waited_for_or_stays_with_erased_people(
    place: Place,
) -> None:
    set_tariff(place, FILAMENT)
    with place.database.write() as db:
        zoe, karim = place.member(db, "Zoé").id, place.member(db, "Karim").id
        accounts = [
            place.account(db, f"own-{at}", Role.MEMBER, member_id=key)
            for at, key in enumerate((zoe, karim))
        ]
        jobs = []
        for key, days in ((zoe, 1), (karim, 8)):
            asked = Utc.of(place.now - timedelta(days=days))
            used = ended(db, db.get_one(MemberRow, key).ref, 38, ago_days=days)
            job = PrintJob(
                id=uuid7(),
                site_id=place.site,
                access_point_id="laser-1",
                session_id=used,
                asked_at=asked,
                asked_by=BOSS.ref,
            )
            db.add(job)
            jobs.append(job.id)
    follow(place)
    why = Erasure(reason="own wish")
    with place.database.write() as db:
        with pytest.raises(ErasureBlocked, match="not reported yet"):
            erase(db, zoe, why, actor=accounts[0], now=place.now)
        erase(db, zoe, why, actor=BOSS, now=place.now)
        erase(db, karim, why, actor=accounts[1], now=place.now)
        for job_id in jobs:
            end = {"outcome": "completed", "used_grams": 900}
            print_jobs.change(db, job_id, end, version=None, actor=BOSS, now=place.now)
        charged = db.scalars(ledger.valid_charges().where(ChargeRow.source_id.in_(jobs))).all()
        assert [(row.amount_cents, row.member_id, row.erased) for row in charged] == [
            (4500, None, True)
        ] * 2


def user(place: Place, db: Session, days: int) -> tuple[str, str, Callable[..., object]]:
    """A member who used a machine then; their id, the use, and how they erase themselves."""
    key = place.member(db, f"Zoé {days}").id
    own = place.account(db, f"own-{days}", Role.MEMBER, member_id=key)
    used = ended(db, db.get_one(MemberRow, key).ref, 38, ago_days=days)
    return key, used, partial(erase, db, key, Erasure(reason="wish"), actor=own, now=place.now)


def test_nobody_erases_themselves_before_the_outcome_of_a_course_in_which_they_used_a_machine(
    place: Place,
) -> None:
    """Nor within a day of its end. After a week the outcome is not waited for any more."""
    way: dict[str, Any] = {"actor": BOSS, "now": place.now}
    with place.database.write() as db:
        for days in (9, 1):
            key, used, erases = user(place, db, days)
            starts, ends = (Utc.of(place.now - timedelta(days=days, hours=at)) for at in (1, -1))
            planned = NewCourseSession(starts_at=starts, ends_at=ends, site_id=place.site)
            course = course_sessions.create(db, planned, actor=BOSS, now=starts).id
            enrolments.enrol(db, course, key, actor=BOSS, now=starts)
            db.get_one(SessionRow, used).course_session_id = course
            if days == 9:
                erases()
        with pytest.raises(ErasureBlocked, match="who took part"):
            erases()
        outcomes.note_outcome(db, course, key, outcome=Outcome.PASSED, seen=None, **way)
        with pytest.raises(ErasureBlocked, match="who took part"):
            erases()  # its trainer may not have seen yet what the desk has noted
    place.clock.forward(hours=2)
    with place.database.write() as db:
        erases(now=place.now)


def test_nobody_erases_themselves_while_it_is_in_doubt_who_pays_for_a_use(place: Place) -> None:
    with place.database.write() as db:
        _key, used, erases = user(place, db, 1)
        row = db.get_one(SessionRow, used)
        row.is_doubtful = True
        with pytest.raises(ErasureBlocked, match="not decided yet who pays"):
            erases()
        row.is_doubtful = None
        erases()


def test_nobody_erases_themselves_while_the_end_of_a_use_is_waited_for(place: Place) -> None:
    with place.database.write() as db:
        _key, used, erases = user(place, db, 1)
        row = db.get_one(SessionRow, used)
        row.ended_at = None
        with pytest.raises(ErasureBlocked, match="not reported yet"):
            erases()
        row.given_up_at = place.now
        erases()


def test_nobody_erases_themselves_while_a_box_that_was_cut_off_may_still_report_their_use(
    place: Place,
) -> None:
    """After a week it is not waited for any more."""
    with place.database.write() as db:
        _key, _used, erases = user(place, db, 1)
        away = AgentAway(agent_id="pi", since=Utc.of(place.now - timedelta(hours=9)), until=None)
        db.add(away)
        db.flush()
        with pytest.raises(ErasureBlocked, match="was cut off"):
            erases()
        away.until = place.now
        erases()
        _key, _used, erases = user(place, db, 2)
        away.since, away.until = Utc.of(place.now - timedelta(days=8)), None
        erases()


def test_a_site_that_one_was_just_taken_off_is_still_waited_for(place: Place) -> None:
    """The desk could take a friend off the site whose box is cut off."""
    with place.database.write() as db:
        second_site.add(db, place.now)
        key, _used, erases = user(place, db, 1)
        desk = place.account(db, "desk", Role.DESK)
        since = Utc.of(place.now - timedelta(hours=9))
        away = AgentAway(agent_id="pi-there", since=since, until=None)
        db.add(away)
    for sites in ([second_site.THERE], []):
        with place.database.write() as db:
            patch = {"also_at": sites}
            members.change(db, key, patch, version=None, actor=desk, now=place.now)
    with place.database.write() as db:
        with pytest.raises(ErasureBlocked, match="was cut off"):
            erases()
        place.clock.forward(days=8)
        erases(now=place.now)
