"""Read roles from a form."""

from werkzeug.datastructures import MultiDict

from controller.kernel.actor import Role

FIELD = "role"


def read(form: MultiDict[str, str]) -> tuple[Role, ...]:
    """Return the ticked roles; unknown values are ignored."""
    return tuple(role for role in Role if role.value in form.getlist(FIELD))
