"""Letters about what comes due at a time: found by a job, and written once for each cause."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, Self

from sqlalchemy.orm import Session

from controller.capabilities.messages import write
from controller.domain.time import Utc
from controller.kernel.jobs import Job, LeaseLost, Work
from controller.kernel.message import Message
from controller.policy.reading import chunks

CATCH_UP = timedelta(days=2)
"""What came due longer ago is not made up for: a server that was off, or a clock that jumped."""
PERIOD_S = 900.0
BATCH_SIZE = 100
"""Written in one transaction: on SQLite all others wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Everything after one moment, and until another."""

    after: Utc
    until: Utc

    @classmethod
    def of(cls, since: Utc, now: Utc) -> Self:
        """What has come due since a job was last done, two days at most."""
        return cls(after=max(since, Utc.of(now - CATCH_UP)), until=now)

    def later(self, by: timedelta) -> "Window":
        """The same span, this much later."""
        return Window(after=Utc.of(self.after + by), until=Utc.of(self.until + by))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """A letter to a member."""

    member_id: str
    message: Message
    key: str
    """Of its cause: written twice, it is one letter."""


class Finder(Protocol):
    """Finds the reminders of one site."""

    def __call__(self, db: Session, site_id: str, window: Window) -> Iterable[Reminder]:
        """Those that have come due in the window."""


def write_reminders(db: Session, site_id: str, found: Iterable[Reminder], *, now: Utc) -> None:
    """To each member who has an address."""
    for reminder in found:
        member, key = reminder.member_id, reminder.key
        write.to_member(db, member, reminder.message, site_id=site_id, key=key, now=now)


def reminder_job(name: str, title: str, find: Finder) -> Job:
    """A job that writes what has come due at a site since it was last done."""

    def run(work: Work) -> None:
        window = Window.of(work.since, work.now)
        with work.read() as db:
            found = list(find(db, work.site, window))
        for batch in chunks(found, BATCH_SIZE):
            if not work.may():
                raise LeaseLost(name)  # what is left is found again
            with work.write() as db:
                write_reminders(db, work.site, batch, now=work.now)

    return Job(name=name, title=title, run=run, period_s=PERIOD_S, a_site=True)
