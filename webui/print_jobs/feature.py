"""The web side of *print jobs*."""

from controller.capabilities.print_jobs.print_job_summary import summarise_print_jobs
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from webui.feature import Feature
from webui.i18n import _, plural
from webui.i18n.dates import ago
from webui.integration import Health, Integration
from webui.print_jobs import api
from webui.print_jobs.pages import pages

# The state of the printers' servers, in one line of *Integrations*.


def health(db: Session, site_id: str, now: Utc) -> Health:
    """Return whether printers ask for permission, and report how prints end."""
    summary = summarise_print_jobs(db, site_id, now)
    if summary.asked_at is None:
        text = _("Set up in OctoPrint or Moonraker, with a token from here.")
        return Health(look="off", word=_("Not used"), detail=text)
    last = _("last request %(when)s", when=ago(summary.asked_at, now))
    if summary.unended:
        count = plural(
            "%(n)s print with unknown end", "%(n)s prints with unknown end", summary.unended
        )
        return Health(look="out", word=_("Incomplete"), detail=f"{count} · {last}")
    count = plural("%(n)s printer", "%(n)s printers", summary.printers)
    return Health(look="running", word=_("Receiving requests"), detail=f"{count} · {last}")


FEATURE = Feature(
    name="print_jobs",
    api=api.ROUTES,
    pages=(pages,),
    integration=Integration(
        name=lambda: _("OctoPrint and Moonraker"),
        icon="printer",
        summary=lambda: _("No print without a badge, and who printed what."),
        permission=Permission.AGENTS_WRITE,
        health=health,
        endpoint="machines.show",
    ),
)
