"""The demo's past holds as what agents really told does, and its day plays with its hardware."""

import socket
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.assembly import HOUSE
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.maintenance import maintenance
from controller.capabilities.places.models import ScheduleRow
from controller.capabilities.places.schedules import shape
from controller.capabilities.plans.models import SubscriptionRow
from controller.capabilities.presence.models import PresenceRow
from controller.capabilities.safety_register.models import SafetyEntry
from controller.capabilities.safety_register.reading import count_unread
from controller.capabilities.statistics.models import VisitorPast
from controller.capabilities.usage.models import SessionRow, UsageDay
from controller.capabilities.user_reports.models import UserReport
from controller.cli import main
from controller.cli.demo.bookings import OPENING, add_bookings
from controller.cli.demo.courses import add_courses
from controller.cli.demo.day import Day
from controller.cli.demo.history import add_past, write_audit
from controller.cli.demo.layout import Layout, Ports
from controller.cli.demo.maintenance import add_maintenance
from controller.cli.demo.place import SITE_ID
from controller.cli.demo.safety import add_register
from controller.cli.demo.seed import OrderedAuditDatabase, seed
from controller.cli.demo.year_totals import add_year
from controller.cli.init import initialise
from controller.domain.time import Utc
from controller.hub.hash_chain import verify
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.database import Database, wall_clock
from controller.kernel.journal import EventRow, Quarantine
from controller.kernel.models import AuditEntry
from controller.settings.reading import load
from controller.store.engine import open_database
from devices.sim.client import SimBench
from tests.support.databases import a_copy
from tests.support.pins import Pins
from tests.support.temporary import once

AFTERNOON = Utc.parse("2026-11-25T15:00:00.000Z")
"""A Wednesday."""


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout.under(tmp_path, 400)
    made.write(Ports(web=8000, broker=8883))
    return made


def test_a_demo_that_runs_is_not_deleted(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as broker:
        port = broker.getsockname()[1]
        (layout.state / "ports.json").write_text(f'{{"web": 8000, "broker": {port}}}')
        assert main(["demo", "--fresh", "--state", str(layout.state), "--port", str(port)]) == 1
    assert "is running" in capsys.readouterr().err
    assert layout.bench.exists()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Of the demo's place, as it is made."""
    (made,) = once("demo", _make).rglob("loquet.db")
    with a_copy(f"sqlite:///{made}", tmp_path) as url:
        engine = open_database(url)
        yield Database(engine, house=HOUSE)
        engine.dispose()


def _make(folder: Path) -> None:
    layout = Layout.under(folder, 400)
    layout.write(Ports(web=8000, broker=8883))
    settings = load(layout.config)
    initialise(settings)
    seed(settings, layout.state / "secrets.json")


def test_the_safety_register_tells_of_stops_that_were(database: Database) -> None:
    add_past(database, AFTERNOON, days=14)
    written = add_register(database, AFTERNOON)
    with database.read() as db:
        rows = db.scalars(select(SafetyEntry)).all()
        pressed = {(row.access_point_id, row.raised_at) for row in _stops(db)}
        boss = db.scalars(select(AccountRow.id).where(AccountRow.login.like("manager@%"))).one()
        manager = Actor(ref=f"account:{boss}", account_id=boss)
        assert count_unread(db, SITE_ID, 100, actor=manager) == 1
    assert len(rows) == written > 3
    told = {(row.access_point_id, row.happened_at) for row in rows} & pressed
    assert len(told) == written - 3
    assert sum(row.member_id is not None for row in rows) == 1


def test_its_machines_are_cared_for_and_their_faults_told(database: Database) -> None:
    add_maintenance(database, AFTERNOON)
    with database.read() as db:
        asked = maintenance.page(db, actor=Actor.system("test"), now=AFTERNOON).items
        told = [str(report.state) for report in db.scalars(select(UserReport))]
    assert len(asked) == 4
    assert sorted(told) == ["done", "new", "new"]


def _stops(db: Session) -> list[Alarm]:
    return list(db.scalars(select(Alarm).where(Alarm.kind == "estop")))


def test_whatever_day_it_is_something_is_booked_for_later(database: Database) -> None:
    sunday = Utc.parse("2026-11-29T15:20:00.000Z")
    add_bookings(database, sunday)
    with database.read() as db:
        later = select(BookingRow).where(BookingRow.starts_at > sunday)
        today = later.where(BookingRow.starts_at < Utc.parse("2026-11-29T23:00:00.000Z"))
        assert db.scalars(today.where(BookingRow.access_point_id.isnot(None))).all()


@pytest.mark.parametrize(
    ("at", "open_"),
    [
        ("2026-11-25T11:00:00.000Z", {"2026-11-25": ["09:00-20:00"]}),
        (
            "2026-11-25T23:30:00.000Z",
            {
                "2026-11-25": ["09:00-19:00", "21:00-00:00"],
                "2026-11-26": ["00:00-08:00", "09:00-20:00"],
            },
        ),
        ("2026-11-29T15:20:00.000Z", {"2026-11-29": ["13:00-00:00"]}),
        ("2026-11-26T02:30:00.000Z", {"2026-11-26": ["00:00-20:00"]}),
    ],
)
def test_it_is_open_around_whoever_visits_it(
    database: Database, at: str, open_: dict[str, list[str]]
) -> None:
    """From 9 to 19 as a rule, to 20 on Thursdays, and three hours before and seven after."""
    add_bookings(database, Utc.parse(at))
    with database.read() as db:
        found = shape(db.get_one(ScheduleRow, OPENING))
    longer = {
        day.date.isoformat(): [f"{span.start}-{span.end}" for span in day.windows]
        for day in found.exceptions
    }
    assert {day.start for day in found.weekly} == {"09:00"}
    assert [day.end for day in found.weekly] == [*["19:00"] * 3, "20:00", "19:00", "19:00"]
    assert {day: longer[day] for day in open_} == open_


def test_the_year_before_is_in_the_reports_and_nobody_in_it(database: Database) -> None:
    add_year(database, AFTERNOON, days_ago=42)
    with database.read() as db:
        used = db.execute(select(func.min(UsageDay.day), func.max(UsageDay.day))).one()
        assert [day.isoformat() for day in used] == ["2025-11-25", "2026-10-13"]
        rows = db.scalars(select(VisitorPast)).all()
    people = Counter[str]()
    for row in rows:
        people[row.month] += row.people
    assert sorted(people)[::10] == ["2025-11", "2026-09"]
    assert people["2026-08"] < people["2026-05"] / 2


def test_most_subscriptions_have_an_end_and_some_end_soon(database: Database) -> None:
    now = wall_clock()
    with database.read() as db:
        ends = [row.valid_until for row in db.scalars(select(SubscriptionRow))]
    known = [end for end in ends if end is not None]
    assert len(ends) > len(known) > len(ends) / 2
    assert min(known) > now + timedelta(days=7), "nobody's ends while the demo is tried"
    assert sum(moment < now + timedelta(days=30) for moment in known) in range(2, 8)


def test_the_past_is_whole_and_ends_now(database: Database) -> None:
    told = add_past(database, AFTERNOON, days=7)
    with database.read() as db:
        assert db.scalar(select(func.count()).select_from(EventRow)) == told > 500
        assert db.scalars(select(Quarantine.id)).all() == []
        assert list(verify(db)) == []
        assert db.scalar(select(func.max(EventRow.at))) < AFTERNOON  # type: ignore[operator]
        sessions = db.scalars(select(SessionRow)).all()
        assert len(sessions) > 20
        assert all(session.ended_at is not None for session in sessions)
        inside = select(PresenceRow).where(PresenceRow.zone_id.is_not(None))
        assert db.scalars(inside).all(), "nobody is in on a Wednesday afternoon"


def test_the_audit_of_the_past_is_in_the_order_in_which_things_happened(layout: Layout) -> None:
    settings = load(layout.config)
    initialise(settings)
    engine, now, held = open_database(settings.database.url), wall_clock(), list[Any]()
    database = OrderedAuditDatabase(engine, held)
    with database.read() as db:
        made = db.scalar(select(func.count()).select_from(AuditEntry))  # by `loquet init`, today
    seed(settings, layout.state / "secrets.json", held)
    for fill in (add_bookings, add_maintenance, add_courses):  # each from the past until now
        fill(database, now)
    write_audit(database, now)
    with database.read() as db:
        times = db.scalars(select(AuditEntry.at).order_by(AuditEntry.seq).offset(made)).all()
        broken_at = audit.verify(db)
    engine.dispose()
    assert len(times) > 400
    assert times == sorted(times)
    assert (held, broken_at) == ([], None)


def test_people_take_machines_and_are_done(layout: Layout) -> None:
    pins = Pins(layout.bench, layout.socket)
    try:
        day = Day(pins.socket)
        day.stop()  # so that nobody waits between two acts
        with SimBench(pins.socket) as bench:
            held = []
            for _ in range(60):
                day.act(bench)
                held.append(len(day.at_work))
            machines = bench.state()["machines"]
    finally:
        pins.end()
    assert 0 < max(held) <= 4
    assert {name for name, machine in machines.items() if machine["job"]} == set(day.at_work)
