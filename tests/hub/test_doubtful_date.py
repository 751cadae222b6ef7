"""A hub whose date is doubtful does what a wrong date can't spoil, and the rest once it is sure."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from controller.capabilities.alarms.models import Alarm
from controller.capabilities.clock.clock_check import UNSURE, Confirmation, confirm
from controller.capabilities.clock.models import ClockCheck
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database, wall_clock
from controller.kernel.models import JobRow
from tests.hub.running import installation
from tests.support.until import until

WAITING = {"bookings", "presence", "handover_notes", "outbox"}


def done(database: Database) -> set[str]:
    with database.read() as db:
        rows = db.scalars(select(JobRow).where(JobRow.succeeded_at.is_not(None)))
        return {row.name for row in rows}


def test_jobs_that_need_the_date_wait_until_an_admin_has_confirmed_it(tmp_path: Path) -> None:
    with installation(tmp_path) as place:
        database, now = place.database, wall_clock()
        with database.write() as db:
            db.add(ClockCheck(id=1, plausible_at=Utc.of(now - timedelta(days=30))))
        with place.hub():
            until(lambda: {"clock", "policy", "silence"} <= done(database), "no job is done")
            assert not done(database) & WAITING
            with database.read() as db:
                kinds = select(Alarm.kind).where(Alarm.cleared_at.is_(None))
                assert UNSURE.kind in set(db.scalars(kinds))
            with database.write() as db:
                today = Confirmation(date=now.date())
                confirm(db, today, actor=Actor.system("test"), now=wall_clock())
            until(lambda: done(database) >= {"bookings", "presence", "outbox"}, "jobs still wait")
