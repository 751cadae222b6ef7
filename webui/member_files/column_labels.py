"""Names of the columns of a members' file."""

from collections.abc import Mapping

from webui.i18n import _
from webui.members.labels import private_texts


def column_labels() -> Mapping[str, str]:
    """Return the name of each column, in the order of the page."""
    return {
        "display_name": _("Name"),
        "email": _("E-mail"),
        **{name: it.label for name, it in private_texts().items()},
        "badge": _("Badge"),
        "certifications": _("Certifications"),
        "plan": _("Plan"),
        "subscription_from": _("Subscription begins"),
        "subscription_until": _("Subscription ends"),
        "categories": _("Categories"),
        "status": _("State"),
        "language": _("Language"),
        "organisations": _("Organisations"),
        "guardian_name": _("Guardian"),
        "guardian_phone": _("Guardian’s phone"),
        "guardian_email": _("Guardian’s e-mail"),
    }
