"""The reasons why an enrolment or a withdrawal was refused, in the page's language."""

from controller.capabilities.training.course_sessions import EnrolmentRefusal, EnrolmentRefused
from controller.kernel.errors import ServiceError
from webui.context import context
from webui.i18n import _
from webui.members.holdings import certification_names
from webui.members.member_action import refusal


def enrolment_refusal(error: ServiceError) -> str:
    """Return why somebody could not be enrolled; what is missing is listed by its labels."""
    if not isinstance(error, EnrolmentRefused):
        return refusal(error)
    if error.reason is EnrolmentRefusal.MISSING:
        with context().database.read() as db:
            names = certification_names(db)
        what = ", ".join(names[key].name if key in names else key for key in error.missing)
        return _("Needed first: %(what)s.", what=what)
    if error.reason is EnrolmentRefusal.CANCELLED:
        return _("This session is cancelled.")
    return _("Too late: this session has started.")


def withdrawal_refusal(error: ServiceError) -> str:
    """Return why a member can't withdraw."""
    if isinstance(error, EnrolmentRefused):
        return _("This session has started: only its trainer can record absences.")
    return refusal(error, _("The outcome of this session has already been recorded."))


def not_begun() -> str:
    """Return the message that outcomes can't be recorded yet."""
    return _("This session has not started: you can record outcomes once it starts.")
