"""What this feature does every so often."""

from sqlalchemy.orm import Session

from controller.capabilities.bookings import bookings, wishes
from controller.capabilities.bookings.missed import mark_missed
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel.jobs import Job, NeedsDate, at_once


def _tidy(db: Session, now: Utc) -> None:
    mark_missed(db, now)
    bookings.close_over(db, now)


JOBS = (
    Job(
        name="bookings",
        title=N_("closing bookings that are over"),
        run=at_once(_tidy),
        needs_date=NeedsDate.PLAUSIBLE,
    ),
    Job(
        name="wishes",
        title=N_("telling what is free"),
        run=at_once(wishes.look),
        period_s=30.0,
        needs_date=NeedsDate.PLAUSIBLE,
    ),
)
