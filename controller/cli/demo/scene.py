"""The state of the demo's place at its start.

Three machines run, one print is at 62 %, one machine is idle and warns, a box is silent, and an
emergency stop is pressed, and somebody has taken charge of its alarm.
"""

import time
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from controller.assembly import HOUSE
from controller.capabilities.accounts.identity import actor_of
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.alarms import alarms
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.machines import access_points
from controller.capabilities.machines.models import PointStateRow
from controller.capabilities.presence.models import PresenceRow
from controller.capabilities.print_jobs.models import PrintJob
from controller.capabilities.usage.models import SessionRow
from controller.cli.demo.day import Day
from controller.cli.demo.people import PEOPLE, ZOE, credential_of
from controller.cli.demo.texts import translate
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database, wall_clock
from controller.settings import Settings
from controller.store.engine import open_database
from controller.wire.ids import uuid7
from controller.wire.messages import State
from devices.sim.client import SimBench

_BY = Actor.system("demo")
RUNNING = {"imprimante-1": ZOE, "imprimante-2": "Éric Desmet", "plotter": "Samira Khelifi"}
"""Machines that run, and the person who uses each."""
IDLE, IDLE_USER = "imprimante-3", "Valentin Gosset"
"""The machine that is idle, and the person who has left it on."""
IDLE_WARN_S = 890.0
"""Warning before the stop after 900 idle seconds; long, so that it warns at once."""
PEOPLE_COMING_IN = 2
"""How many others come in at the start."""
PRESSED, SILENT = "tour", "atelier-bois"
"""The machine whose emergency stop is pressed, and the one whose box is silent."""
PRINTING, PRINT = "imprimante-1", "boitier-capteur-co2.gcode"
"""The printer with a print, and the name of its file."""
MINUTES, PERCENT = 95.0, 62
"""The print's expected length, and how far it has come."""
_BADGE_BEFORE = timedelta(minutes=2)
"""How long before the print its user badged."""
TIMEOUT_S = 10.0
"""How long to wait for each effect."""
_STAYS_SILENT = 20
"""Turns of the simulated day for which the box stays silent."""


def warn_early(database: Database, now: Utc) -> None:
    """Let the idle machine warn as soon as it is idle.

    Call this before its agent gets the policy.
    """
    patch = {"session": {"idle_warn_s": IDLE_WARN_S}}
    with database.write() as db:
        access_points.change(db, IDLE, patch, version=None, actor=_BY, now=now)


def set_scene(day: Day, settings: Settings) -> None:
    """Produce this state at the simulated hardware. Raises BenchError."""
    engine = open_database(settings.database.url)
    database = Database(engine, house=HOUSE)
    try:
        with SimBench(day.socket) as bench:
            bench.do("press", contact=f"{PRESSED}/estop", active=True)
            for machine, name in {**RUNNING, IDLE: IDLE_USER}.items():
                row = next(number for number, person in enumerate(PEOPLE) if person.name == name)
                day.at_work[machine] = row
                day.come_in(bench, row)
                bench.do("tap", reader=machine, credential=credential_of(row))
                bench.do("job", machine=machine, running=machine in RUNNING)
            for _ in range(PEOPLE_COMING_IN):
                day.come_in(bench)
            if _wait_until(lambda: _alarm(database) is not None):
                _take_charge(database, wall_clock())
            if day.troubles is not None:
                day.troubles.unusable.add(PRESSED)
                day.troubles.unplug(SILENT, _STAYS_SILENT)
        if _wait_until(lambda: _use(database) is not None and _is_printing(database)):
            _print(database, wall_clock())
    finally:
        engine.dispose()


def _alarm(database: Database) -> str | None:
    conditions = Alarm.access_point_id == PRESSED, Alarm.kind == "estop", Alarm.cleared_at.is_(None)
    with database.read() as db:
        return db.scalar(select(Alarm.id).where(*conditions).limit(1))


def _take_charge(database: Database, now: Utc) -> None:
    key = _alarm(database)
    with database.write() as db:
        manager = db.scalars(select(AccountRow).where(AccountRow.login.like("manager@%"))).one()
        alarms.take(db, str(key), actor=actor_of(db, manager), now=now)


def _wait_until(condition: Callable[[], bool]) -> bool:
    """Wait until the condition is true; False if it is not in time: a slow computer shows less."""
    end = time.monotonic() + TIMEOUT_S
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def _use(database: Database) -> str | None:
    conditions = SessionRow.access_point_id == PRINTING, SessionRow.ended_at.is_(None)
    with database.read() as db:
        return db.scalar(select(SessionRow.id).where(*conditions).limit(1))


def _is_printing(database: Database) -> bool:
    with database.read() as db:
        row = db.get(PointStateRow, PRINTING)
        return row is not None and row.state == State.RUNNING


def _print(database: Database, now: Utc) -> None:
    """Record a print for the current use, as a printer's own server would report it; the use, and
    the presence of who prints, began before it."""
    use = _use(database)
    asked_at = Utc.of(now - timedelta(minutes=MINUTES * PERCENT / 100))
    with database.write() as db:
        row = db.get_one(SessionRow, use)
        row.started_at, row.skewed = Utc.of(asked_at - _BADGE_BEFORE), True
        db.get_one(PointStateRow, PRINTING).since = row.started_at
        presence = select(PresenceRow).where(PresenceRow.member_ref == row.member_ref)
        for who_prints in db.scalars(presence):
            who_prints.moved_at = Utc.of(asked_at - 2 * _BADGE_BEFORE)
        printing = PrintJob(
            id=uuid7(),
            site_id=row.site_id,
            access_point_id=PRINTING,
            session_id=row.id,
            member_ref=row.member_ref,
            name=translate(PRINT),
            minutes=MINUTES,
            grams=31.0,
            asked_at=asked_at,
            asked_by="system:demo",
        )
        db.add(printing)
