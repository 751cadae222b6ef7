"""What this room does every so often."""

from controller.capabilities.training import course_sessions
from controller.domain.facts import Name
from controller.kernel.jobs import Job, at_once

JOBS = (
    Job(
        name="course_sessions",
        title=Name(fr="clôture des séances commencées", en="closing sessions that have begun"),
        run=at_once(course_sessions.close_begun),
    ),
)
