"""How the printers' own servers are, in one line of *Integrations*."""

from zoneinfo import ZoneInfo

from controller.capabilities.print_jobs.standing import standing
from controller.domain.time import Utc
from controller.kernel.database import Session
from webui.guard import site
from webui.i18n import _, plural
from webui.i18n.dates import relative
from webui.integration import Health


def health(db: Session, site_id: str, now: Utc) -> Health:
    """Whether they ask, and tell how prints end."""
    found = standing(db, site_id, now)
    if found.asked_at is None:
        said = _("Se règle dans OctoPrint ou Moonraker, avec un jeton d’ici.")
        return Health(look="off", word=_("Pas utilisé"), said=said)
    last = _("dernière demande %(when)s", when=_when(found.asked_at, now))
    if found.unended:
        count = plural(
            "%(n)s impression sans fin connue", "%(n)s impressions sans fin connue", found.unended
        )
        return Health(look="out", word=_("Incomplet"), said=f"{count} · {last}")
    count = plural("%(n)s imprimante", "%(n)s imprimantes", found.printers)
    return Health(look="running", word=_("Demandent"), said=f"{count} · {last}")


def _when(at: Utc, now: Utc) -> str:
    return relative(at, now, ZoneInfo(site().time_zone)).text
