"""What this feature does every so often."""

from controller.capabilities.messages.reminders import reminder_job
from controller.capabilities.training import course_sessions, reminders
from controller.domain.locale.catalogue import N_
from controller.kernel.jobs import Job, NeedsDate, single_transaction

JOBS = (
    Job(
        name="course_sessions",
        title=N_("closing sessions that have begun"),
        run=single_transaction(course_sessions.close_begun),
        needs_date=NeedsDate.PLAUSIBLE,
    ),
    reminder_job(
        "certification_reminders",
        N_("letters about certifications that end"),
        reminders.find_certifications,
    ),
    reminder_job("course_reminders", N_("reminders of sessions"), reminders.find_sessions),
)
