"""The span of time whose reminders a job writes."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, Self

from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel.jobs import Job, Work

CATCH_UP = timedelta(days=2)
"""What came due longer ago is not made up for: a server that was off, or a clock that jumped."""
PERIOD_S = 900.0


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


class Writer(Protocol):
    """Writes the reminders of one site."""

    def __call__(self, db: Session, site_id: str, window: Window, *, now: Utc) -> None:
        """Those that have come due in the window."""


def reminder_job(name: str, title: str, write_due: Writer) -> Job:
    """A job that writes what has come due at a site since it was last done."""

    def run(work: Work) -> None:
        with work.write() as db:
            write_due(db, work.site, Window.of(work.since, work.now), now=work.now)

    return Job(name=name, title=title, run=run, period_s=PERIOD_S, a_site=True)
