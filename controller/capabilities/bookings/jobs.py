"""What this feature does every so often."""

from sqlalchemy.orm import Session

from controller.capabilities.bookings import bookings, wishes
from controller.capabilities.bookings.missed_bookings import mark_missed
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel.jobs import Job, NeedsDate, single_transaction


def _tidy(db: Session, now: Utc) -> None:
    mark_missed(db, now)
    bookings.close_over(db, now)


JOBS = (
    Job(
        name="bookings",
        title=N_("closing bookings that are over"),
        run=single_transaction(_tidy),
        needs_date=NeedsDate.PLAUSIBLE,
    ),
    Job(
        name="wishes",
        title=N_("telling what is free"),
        run=single_transaction(wishes.look),
        period_s=30.0,
        needs_date=NeedsDate.PLAUSIBLE,
    ),
)
