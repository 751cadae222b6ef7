"""What this room does every so often."""

from controller.capabilities.bookings import bookings
from controller.domain.facts import Name
from controller.kernel.jobs import Job, at_once

JOBS = (
    Job(
        name="bookings",
        title=Name(fr="clôture des réservations passées", en="closing bookings that are over"),
        run=at_once(bookings.close_over),
    ),
)
