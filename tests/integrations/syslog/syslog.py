"""What tests of syslog share with others."""

from dataclasses import dataclass

import pytest

from controller.assembly import HOUSE
from controller.capabilities.alarms.alarms import AlarmNews
from controller.capabilities.alarms.controller_alarms import set_job_alarm
from controller.capabilities.alarms.models import Alarm
from controller.integrations.syslog.jobs import JOBS
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.capability import House
from controller.kernel.database import Database
from controller.kernel.job_runner import JobRunner
from controller.kernel.models import JobRow
from controller.kernel.outbox import post_news
from controller.policy import POLICY
from controller.settings import Settings, SyslogSettings
from controller.wire.ids import uuid7
from tests.support.clock import Clock
from tests.support.until import until
from tests.webui.conftest import SITE

SYSTEM = Actor.system("test")


@dataclass
class Place:
    """A place whose job is called by hand."""

    database: Database
    clock: Clock

    def act(self, action: str = "badge_blocked", **more: object) -> None:
        with self.database.write() as db:
            audit.record(db, SYSTEM, self.clock(), action, "member:x", SITE, **more)

    def alarm(self, kind: str = "door_forced") -> str:
        with self.database.write() as db:
            row = Alarm(id=uuid7(), key=uuid7(), site_id=SITE, agent_id="box", kind=kind, detail={})
            row.raised_at = self.clock()
            db.add(row)
            post_news(db, AlarmNews(site=SITE, key=row.key))
            return row.id

    def change(self, alarm: str, **columns: object) -> None:
        with self.database.write() as db:
            row = db.get_one(Alarm, alarm)
            for name, value in columns.items():
                setattr(row, name, value)
            post_news(db, AlarmNews(site=SITE, key=row.id))

    def told(self, settings: SyslogSettings) -> int:
        """The job is done once; how often it has failed in a row."""
        house = House(HOUSE.features, POLICY)
        object.__setattr__(house, "jobs", JOBS)
        runner = JobRunner(
            Database(self.database.engine, clock=self.clock, house=house),
            "test",
            Settings(syslog=settings),
            alarm=set_job_alarm,
            sites=list,
            clock=self.clock,
        )
        self.clock.forward(hours=1)
        runner.poll()
        until(lambda: self._job().due_at > self.clock(), "the job does not end")
        return self._job().failures

    def _job(self) -> JobRow:
        with self.database.read() as db:
            return db.get_one(JobRow, ("syslog", ""))


@pytest.fixture
def place(database: Database, clock: Clock) -> Place:
    return Place(database, clock)
