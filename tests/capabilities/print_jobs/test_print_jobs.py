"""A printer asks before it prints and reports the end; the agent's grant is the answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentState
from controller.capabilities.billing.kinds import Unit
from controller.capabilities.billing.rates import ArticleRate
from controller.capabilities.machines.models import PointStateRow
from controller.capabilities.print_jobs import print_jobs, settlement
from controller.capabilities.print_jobs.models import Outcome
from controller.capabilities.print_jobs.print_jobs import PrintRefusal
from controller.capabilities.print_jobs.shapes import NewPrintJob, PrintJob
from controller.capabilities.usage import report, sessions, totals
from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import AccessDenied, Conflict, Forbidden, Invalid, NotFound, Stale
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7
from tests.capabilities.billing.month import owed, set_tariff, somebody
from tests.capabilities.conftest import BOSS, Place

PRINTER = "laser-1"
FILAMENT = ArticleRate(
    id="pla", name=Label(fr="PLA"), unit=Unit.GRAM, per=100, price_cents=250, access_point=PRINTER
)
NEW = NewPrintJob(access_point=PRINTER, name="vase.gcode", minutes=95, grams=41.5)


@dataclass
class Printer:
    place: Place
    session: str

    def state(self, state: str, *, session: str | None = None, seen_s: float = 0) -> None:
        """What its agent has told."""
        now = self.place.now
        with self.place.database.write() as db:
            seen = Utc.of(now - timedelta(seconds=seen_s))
            there = {"online": True, "connection": 1, "protocols": [], "epoch": 1}
            db.merge(AgentState(agent_id="pi", policy_version=1, seen_at=seen, **there))
            told = PointStateRow(
                access_point_id=PRINTER,
                agent_id="pi",
                state=state,
                since=now,
                session_id=session,
                available=True,
                warning=False,
                faults=[],
                received_at=now,
            )
            db.merge(told)

    def ask(self, new: NewPrintJob = NEW) -> PrintJob:
        with self.place.database.write() as db:
            return print_jobs.create(db, new, actor=BOSS, now=self.place.now)

    def report(self, job: PrintJob, **end: object) -> PrintJob:
        with self.place.database.write() as db:
            return print_jobs.change(
                db, job.id, end, version=job.version, actor=BOSS, now=self.place.now
            )

    def begin(self, ref: str | None) -> None:
        """The agent has granted somebody, and its event has come."""
        now = self.place.now
        with self.place.database.write() as db:
            zero = dict.fromkeys(("active_s", "idle_s", "powered_s", "gap_s"), 0.0)
            row = SessionRow(
                id=self.session,
                site_id="here",
                agent_id="pi",
                access_point_id=PRINTER,
                member_ref=ref,
                started_at=now,
                **zero,
            )
            db.add(row)
            db.flush()
            totals.recount(db, "here")


@pytest.fixture
def printer(place: Place) -> Printer:
    return Printer(place, uuid7())


def reading(place: Place, read: Callable[[Session], float]) -> float:
    with place.database.read() as db:
        return read(db)


def test_whoever_has_badged_there_may_print(printer: Printer) -> None:
    member, ref = somebody(printer.place)
    printer.begin(ref)
    printer.state("armed", session=printer.session)
    job = printer.ask()
    assert (job.member_id, job.session_id, job.outcome) == (member, printer.session, None)
    with printer.place.database.read() as db:
        assert print_jobs.page(db, actor=BOSS, access_point=PRINTER).items == [job]
        assert print_jobs.page(db, actor=BOSS, access_point="door-1").items == []
        with pytest.raises(NotFound):
            print_jobs.get(db, job.id, actor=Actor(ref="account:x"))


@pytest.mark.parametrize(
    ("state", "seen_s", "reason"),
    [
        ("off", 0, PrintRefusal.BADGE_FIRST),
        ("cooling", 0, PrintRefusal.BADGE_FIRST),
        ("fault", 0, PrintRefusal.FAULT),
        ("out_of_service", 0, PrintRefusal.OUT_OF_SERVICE),
        ("armed", 3600, PrintRefusal.AGENT_SILENT),
    ],
)
def test_without_a_grant_that_holds_the_reason_says_what_to_do(
    printer: Printer, state: str, seen_s: float, reason: PrintRefusal
) -> None:
    printer.state(state, session=printer.session, seen_s=seen_s)
    with pytest.raises(AccessDenied) as refused:
        printer.ask()
    assert refused.value.reason is reason
    assert refused.value.text.fr != refused.value.text.en


def test_what_no_agent_has_told_of_is_no_grant(printer: Printer) -> None:
    with pytest.raises(AccessDenied) as refused:
        printer.ask()
    assert refused.value.reason is PrintRefusal.AGENT_SILENT
    door = NewPrintJob(access_point="door-1", name="x")
    with printer.place.database.read() as db, pytest.raises(Invalid):
        print_jobs.create(db, door, actor=BOSS, now=printer.place.now)


def test_the_end_is_reported_once_and_weighs_in_use_and_books(printer: Printer) -> None:
    place = printer.place
    set_tariff(place, FILAMENT, since=date(2026, 11, 1))
    _member, ref = somebody(place)
    printer.begin(ref)
    printer.state("running", session=printer.session)
    job = printer.ask()
    printer.state("off")  # the report comes when nobody is granted any more
    done = printer.report(job, outcome="completed", used_minutes=101, used_grams=40.2)
    assert (done.outcome, done.used_grams) == (Outcome.COMPLETED, 40.2)
    assert owed(place.database, source_id=job.id) == 103, "41 g: a started gram is a gram"
    assert printer.report(done, outcome="completed", used_minutes=101, used_grams=40.2) == done
    with pytest.raises(Conflict):
        printer.report(done, outcome="failed")
    with pytest.raises(Stale):
        printer.report(job, outcome="completed", used_minutes=101, used_grams=40.2)
    assert owed(place.database) == 103
    assert reading(place, lambda db: sessions.get(db, printer.session, actor=BOSS).grams) == 40.2
    used = lambda db: report.report(db, "here", actor=BOSS, now=place.now)[0].grams  # noqa: E731
    assert reading(place, used) == 40.2


def test_a_print_of_less_than_a_gram_is_charged(printer: Printer) -> None:
    """Else many small ones would cost nothing."""
    set_tariff(printer.place, FILAMENT, since=date(2026, 11, 1))
    printer.begin(somebody(printer.place)[1])
    printer.state("running", session=printer.session)
    small = NewPrintJob(access_point=PRINTER, name="ring.gcode", grams=0.4)
    printer.report(printer.ask(small), outcome="completed", used_grams=0.4)
    assert owed(printer.place.database) == 3


def test_what_a_failed_print_has_used_is_charged(printer: Printer) -> None:
    """Whoever stands there can make a print fail at its last layer."""
    set_tariff(printer.place, FILAMENT, since=date(2026, 11, 1))
    printer.begin(somebody(printer.place)[1])
    printer.state("running", session=printer.session)
    printer.report(printer.ask(), outcome="failed", used_grams=12)
    assert owed(printer.place.database) == 30
    read = lambda db: sessions.get(db, printer.session, actor=BOSS).grams  # noqa: E731
    assert reading(printer.place, read) == 12


def test_a_print_without_an_end_is_charged_as_expected_after_a_week(printer: Printer) -> None:
    """An end that is reported after all counts."""
    place = printer.place
    set_tariff(place, FILAMENT, since=date(2026, 11, 1))
    printer.begin(somebody(place)[1])
    printer.state("running", session=printer.session)
    job = printer.ask()
    for days, cents in ((6, 0), (2, 105), (2, 105)):
        place.clock.forward(days=days)
        with place.database.write() as db:
            settlement.settle_late(db, place.now)
        assert owed(place.database, source_id=job.id) == cents, "41.5 g were expected"
    with place.database.read() as db:
        given_up = print_jobs.get(db, job.id, actor=BOSS)
    printer.report(given_up, outcome="failed", used_grams=20)
    assert owed(place.database, source_id=job.id) == 50
    read = lambda db: sessions.get(db, printer.session, actor=BOSS).grams  # noqa: E731
    assert reading(place, read) == 20


def test_a_weight_that_no_printer_reported_is_noted_by_who_decides_about_money(
    printer: Printer,
) -> None:
    place = printer.place
    set_tariff(place, FILAMENT, since=date(2026, 11, 1))
    member, ref = somebody(place)
    printer.begin(ref)
    printer.state("running", session=printer.session)
    first, second = (printer.report(printer.ask(), outcome="completed") for _ in range(2))
    assert owed(place.database) == 0
    place.clock.forward(days=10)
    with place.database.write() as db:
        own = place.account(db, "amina", Role.MANAGER, member_id=member)
        desk = place.account(db, "desk", Role.DESK)
        for who, error in ((own, Forbidden), (desk, NotFound)):
            with pytest.raises(error), db.begin_nested():
                print_jobs.note_weight(db, first.id, 40, actor=who, now=place.now)
        for job, grams in ((first, 40), (second, 0)):
            print_jobs.note_weight(db, job.id, grams, actor=BOSS, now=place.now)
            with pytest.raises(Conflict):
                print_jobs.note_weight(db, job.id, 50, actor=BOSS, now=place.now)
    assert owed(place.database, month="2026-11", member_id=member) == owed(place.database) == 100


def test_an_end_before_its_use_is_known_waits_for_it(printer: Printer) -> None:
    place = printer.place
    set_tariff(place, FILAMENT, since=date(2026, 11, 1))
    printer.state("armed", session=printer.session)
    printer.report(printer.ask(), outcome="cancelled", used_grams=100)
    with place.database.write() as db:
        settlement.settle_late(db, place.now)
    assert owed(place.database) == 0
    member, ref = somebody(place)
    printer.begin(ref)
    for _again in range(2):
        with place.database.write() as db:
            settlement.settle_late(db, place.now)
    assert owed(place.database, member_id=member) == owed(place.database) == 250


def test_one_that_is_told_late_is_of_the_use_that_went_on_then_or_nobodys(printer: Printer) -> None:
    place = printer.place
    member, ref = somebody(place)
    printer.begin(ref)
    place.clock.forward(minutes=10)
    with place.database.write() as db:
        db.get_one(SessionRow, printer.session).ended_at = place.now
    other = Printer(place, uuid7())
    other.begin(somebody(place, "Bruno Petit")[1])
    place.clock.forward(minutes=10)
    printer.state("armed", session=other.session)

    def asked(ago_s: int) -> PrintJob:
        with place.database.write() as db:
            return print_jobs.create(db, NEW, actor=BOSS, now=place.now, asked_s_ago=ago_s)

    job = asked(15 * 60)
    assert (job.member_id, job.session_id) == (member, printer.session)
    assert job.asked_at == place.now - timedelta(minutes=15)
    assert asked(5 * 60).session_id == other.session
    assert (asked(25 * 60).session_id, asked(25 * 60).member_id) == (None, None)


def test_one_that_is_told_more_than_a_day_late_is_nobody_s(printer: Printer) -> None:
    """Its print server's clock may have been set meanwhile; its material is shown, not lost."""
    place = printer.place
    printer.begin(somebody(place)[1])
    place.clock.forward(hours=26)
    with place.database.write() as db:
        jobs = [
            print_jobs.create(db, NEW, actor=BOSS, now=place.now, asked_s_ago=hours * 3600)
            for hours in (23, 25)
        ]
    reported = [printer.report(job, outcome="completed", used_grams=40) for job in jobs]
    assert [job.session_id for job in reported] == [printer.session, None]


@pytest.mark.parametrize(
    ("after_min", "end", "is_believed"),
    [
        (90, {"outcome": "cancelled", "used_minutes": 0, "used_grams": 0}, False),
        (90, {"outcome": "completed", "used_minutes": 90, "used_grams": 4}, False),
        (90, {"outcome": "cancelled", "used_minutes": 80, "used_grams": 4}, False),
        (5, {"outcome": "cancelled", "used_minutes": 0, "used_grams": 0}, True),
        (90, {"outcome": "cancelled", "used_minutes": 9, "used_grams": 4}, True),
        (90, {"outcome": "completed", "used_minutes": 90, "used_grams": 30}, True),
    ],
)
def test_a_weight_far_below_what_is_likely_is_as_good_as_unknown(
    printer: Printer, after_min: int, end: dict[str, object], is_believed: bool
) -> None:
    """95 minutes and 41.5 g were expected."""
    printer.state("running", session=printer.session)
    job = printer.ask()
    printer.place.clock.forward(minutes=after_min)
    told = printer.report(job, **end)
    assert told.used_grams == (end["used_grams"] if is_believed else None)
    assert printer.report(told, **end) == told  # its answer got lost
