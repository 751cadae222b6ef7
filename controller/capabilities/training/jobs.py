"""What this room does every so often."""

from controller.capabilities.training import course_sessions
from controller.domain.words.catalogue import N_
from controller.kernel.jobs import Job, NeedsDate, at_once

JOBS = (
    Job(
        name="course_sessions",
        title=N_("clôture des séances commencées"),
        run=at_once(course_sessions.close_begun),
        needs_date=NeedsDate.PLAUSIBLE,
    ),
)
