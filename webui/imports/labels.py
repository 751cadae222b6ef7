"""Error texts of imports."""

from controller.capabilities.imports.bundle import SkipReason
from controller.integrations.fab_manager.client import ReadProblem
from controller.integrations.fabomatic.import_source import FileProblem
from webui.i18n import _


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
