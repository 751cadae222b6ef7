"""What this room does every so often."""

from controller.capabilities.bookings import bookings
from controller.domain.words.catalogue import N_
from controller.kernel.jobs import Job, at_once

JOBS = (
    Job(
        name="bookings",
        title=N_("clôture des réservations passées"),
        run=at_once(bookings.close_over),
    ),
)
