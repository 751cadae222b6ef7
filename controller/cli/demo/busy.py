"""How the demo's place is met: three machines run, one print is at 62 %, one machine is idle and
warns, a box is silent, and somebody has taken an emergency stop."""

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
from controller.capabilities.print_jobs.models import PrintJob
from controller.capabilities.usage.models import SessionRow
from controller.cli.demo.day import Day
from controller.cli.demo.people import PEOPLE, credential_of
from controller.cli.demo.words import say
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database, wall_clock
from controller.settings import Settings
from controller.store.engine import open_database
from controller.wire.ids import uuid7
from devices.sim.client import SimBench

_BY = Actor.system("demo")
RUNNING = {
    "imprimante-1": "Yanis Lemaire",
    "imprimante-2": "Éric Desmet",
    "plotter": "Samira Khelifi",
}
IDLE, IDLE_USER = "imprimante-3", "Valentin Gosset"
WARNS_S = 890.0
"""Of the fifteen minutes after which it stops: so it warns at once."""
COME = 4
PRESSED, SILENT = "tour", "atelier-bois"
PRINTING, PRINT = "imprimante-1", "boitier-capteur-co2.gcode"
MINUTES, PERCENT = 95.0, 62
PATIENCE_S = 10.0
_STAYS_SILENT = 20
"""Turns of the day."""


def warn_early(database: Database, now: Utc) -> None:
    """Before its agent hears of it: that machine warns as soon as it is idle."""
    patch = {"session": {"idle_warn_s": WARNS_S}}
    with database.write() as db:
        access_points.change(db, IDLE, patch, version=None, actor=_BY, now=now)


def set_scene(day: Day, settings: Settings) -> None:
    """Let all of it happen at the hardware. Raises BenchError."""
    engine = open_database(settings.database.url)
    database = Database(engine, house=HOUSE)
    try:
        with SimBench(day.socket) as bench:
            bench.do("press", contact=f"{PRESSED}/estop", active=True)
            for machine, name in {**RUNNING, IDLE: IDLE_USER}.items():
                row = next(number for number, person in enumerate(PEOPLE) if person.name == name)
                day.at_work[machine] = row
                bench.do("tap", reader=machine, credential=credential_of(row))
                bench.do("job", machine=machine, running=machine in RUNNING)
            for _ in range(COME):
                day.come_in(bench)
            if _until(lambda: _alarm(database) is not None):
                _take(database, wall_clock())
            if day.troubles is not None:
                day.troubles.unusable.add(PRESSED)
                day.troubles.unplug(SILENT, _STAYS_SILENT)
        if _until(lambda: _use(database) is not None):
            _print(database, wall_clock())
    finally:
        engine.dispose()


def _alarm(database: Database) -> str | None:
    here = Alarm.access_point_id == PRESSED, Alarm.kind == "estop", Alarm.cleared_at.is_(None)
    with database.read() as db:
        return db.scalar(select(Alarm.id).where(*here).limit(1))


def _take(database: Database, now: Utc) -> None:
    """The manager does."""
    key = _alarm(database)
    with database.write() as db:
        manager = db.scalars(select(AccountRow).where(AccountRow.login.like("manager@%"))).one()
        alarms.take(db, str(key), actor=actor_of(db, manager), now=now)


def _until(holds: Callable[[], bool]) -> bool:
    """Whether it did, in time; a starved computer may take longer, and shows less."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def _use(database: Database) -> str | None:
    here = SessionRow.access_point_id == PRINTING, SessionRow.ended_at.is_(None)
    with database.read() as db:
        return db.scalar(select(SessionRow.id).where(*here).limit(1))


def _print(database: Database, now: Utc) -> None:
    """What a printer's own server would have reported of a use that has begun."""
    use = _use(database)
    with database.write() as db:
        row = db.get_one(SessionRow, use)
        printing = PrintJob(
            id=uuid7(),
            site_id=row.site_id,
            access_point_id=PRINTING,
            session_id=row.id,
            member_ref=row.member_ref,
            name=say(PRINT),
            minutes=MINUTES,
            grams=31.0,
            asked_at=Utc.of(now - timedelta(minutes=MINUTES * PERCENT / 100)),
            asked_by="system:demo",
        )
        db.add(printing)
