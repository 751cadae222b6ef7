"""Names of the columns of a members' file."""

from collections.abc import Mapping

from webui.i18n import _, pgettext
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


def column_examples() -> Mapping[str, str]:
    """Return what a cell of each column may hold; other words than the place's own are codes."""
    return {
        "display_name": "Amina Diallo",
        "email": "amina@example.org",
        "phone": "06 12 34 56 78",
        "emergency_contact": "Ali Diallo, 06 98 76 54 32",
        "badge": "uid:04A1B2C3",
        "certifications": "laser|cnc",
        "plan": pgettext("example of a plan", "Full access"),
        "subscription_from": "2026-09-01",
        "subscription_until": "2027-08-31",
        "categories": "student|minor",
        "status": "active",
        "language": "fr",
        "organisations": pgettext("example of organisations", "Chess club|High school"),
        "guardian_name": "Ali Diallo",
        "guardian_phone": "06 98 76 54 32",
        "guardian_email": "ali@example.org",
    }
