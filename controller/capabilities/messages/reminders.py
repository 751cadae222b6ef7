"""Reminders of dates: a job finds them and writes one message for each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, Self

from sqlalchemy.orm import Session

from controller.capabilities.messages import write
from controller.domain.time import Utc
from controller.kernel.jobs import ClaimLost, Job, Work
from controller.kernel.message import Message
from controller.policy.reading import chunks

CATCH_UP = timedelta(days=2)
"""Reminders that fell due earlier are skipped, for example after an outage or a clock change."""
PERIOD_S = 900.0
"""Seconds between runs of the job."""
BATCH_SIZE = 100
"""Messages per transaction; on SQLite, all other writers wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The time after one moment, up to and including another."""

    after: Utc
    until: Utc

    @classmethod
    def of(cls, since: Utc, now: Utc) -> Self:
        """Return the time since a job's last run, limited to `CATCH_UP`."""
        return cls(after=max(since, Utc.of(now - CATCH_UP)), until=now)

    def shifted(self, offset: timedelta) -> "Window":
        """Return the same window, moved into the future."""
        return Window(after=Utc.of(self.after + offset), until=Utc.of(self.until + offset))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """A message that is due to a member."""

    member_id: str
    message: Message
    key: str
    """Identifies the cause, so that it is written only once."""


class Finder(Protocol):
    """Finds the reminders of one site."""

    def __call__(self, db: Session, site_id: str, window: Window) -> Iterable[Reminder]:
        """Return the reminders of a site that fall due in the window."""


def write_reminders(db: Session, site_id: str, reminders: Iterable[Reminder], *, now: Utc) -> None:
    """Write the messages for those members who have an e-mail address."""
    for reminder in reminders:
        member, key = reminder.member_id, reminder.key
        write.to_member(db, member, reminder.message, site_id=site_id, key=key, now=now)


def reminder_job(name: str, title: str, find: Finder) -> Job:
    """Return a job that writes the reminders that fell due at a site since its last run."""

    def run(work: Work) -> None:
        window = Window.of(work.since, work.now)
        with work.read() as db:
            reminders = list(find(db, work.site, window))
        for batch in chunks(reminders, BATCH_SIZE):
            if not work.may_continue():
                raise ClaimLost(name)  # the next run finds the others again
            with work.write() as db:
                write_reminders(db, work.site, batch, now=work.now)

    return Job(name=name, title=title, run=run, period_s=PERIOD_S, per_site=True)
