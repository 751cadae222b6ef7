"""Names of the columns of a member file, and error texts of imports."""

from collections.abc import Mapping

from controller.capabilities.imports.bundle import SkipReason
from controller.integrations.fab_manager.client import ReadProblem
from controller.integrations.fabomatic.import_source import FileProblem
from webui.i18n import _
from webui.members.labels import private_texts


def columns() -> Mapping[str, str]:
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


def left_behind_text(why: SkipReason) -> str:
    """Return why something is not imported, and what to do."""
    return {
        SkipReason.DELETED: _("Deleted there, so not imported:"),
        SkipReason.SHORT_BADGE: _(
            "Badges for which the old reader may have kept only four bytes of seven; tap them "
            "once here if they are not recognised:"
        ),
        SkipReason.NO_BADGE: _("Unreadable badge numbers, not imported:"),
        SkipReason.FACTORY_BADGE: _(
            "Factory badge, the same in every installation, so not imported:"
        ),
        SkipReason.NOBODY: _("Rights of people who are no longer in the list:"),
    }[why]


def fab_manager_error_text(why: ReadProblem) -> str:
    """Return why fab-manager could not be read, and what to do."""
    return {
        ReadProblem.ADDRESS: _("Enter an address such as https://fab.example.org"),
        ReadProblem.PRIVATE: _(
            "This address is on a private network: use “loquet import fab-manager”."
        ),
        ReadProblem.UNREACHABLE: _("fab-manager does not respond at this address."),
        ReadProblem.REFUSED: _(
            "The token is refused: create one in fab-manager, on its “OpenAPI” page."
        ),
        ReadProblem.NOT_THERE: _("There is no fab-manager OpenAPI at this address."),
        ReadProblem.BUSY: _("fab-manager is busy: try again in a moment."),
        ReadProblem.ANSWER: _("The answer is not in fab-manager’s format."),
    }[why]


def fabomatic_error_text(why: FileProblem) -> str:
    """Return why a file is not a FabOMatic database."""
    return {
        FileProblem.NO_DATABASE: _("This file is not an SQLite database: use database.sqldb."),
        FileProblem.NO_FABOMATIC: _("This is not a FabOMatic database."),
    }[why]
