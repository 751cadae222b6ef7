"""Why an enrolment was refused: that one reason, in the page's language."""

from collections.abc import Mapping

from controller.capabilities.training.refused import NoPlace, NotTaken
from controller.kernel.errors import ServiceError
from webui.i18n import _
from webui.members.acting import refusal


def not_taken(error: ServiceError, names: Mapping[str, str]) -> str:
    """`names` of certifications by id."""
    if not isinstance(error, NotTaken):
        return refusal(error)
    if error.reason is NoPlace.MISSING:
        what = ", ".join(names.get(key, key) for key in error.missing)
        return _("Il faut d’abord : %(what)s.", what=what)
    if error.reason is NoPlace.CANCELLED:
        return _("Cette séance est annulée.")
    return _("Trop tard : cette séance a commencé.")
