"""How sending to the log server goes: as its periodic job went."""

from controller.domain.time import Utc
from controller.integrations.syslog.jobs import NAME
from controller.kernel.database import Session
from controller.kernel.models import JobRow
from webui.context import context
from webui.i18n import _
from webui.integration import Health


def health(db: Session, _site: str, _now: Utc) -> Health:
    """The same for every site."""
    settings = context().settings.syslog
    if settings.to is None:
        return Health(look="off", word=_("Not used"), said=_("Set up in config.toml."))
    row = db.get(JobRow, (NAME, ""))
    if row is None or row.succeeded_at is None:
        return Health(look="out", word=_("Not tried yet"), said=settings.to)
    if row.failures:
        said = _("%(server)s takes nothing; it will be told all of it later.", server=settings.to)
        return Health(look="fault", word=_("Does not answer"), said=said)
    return Health(look="running", word=_("Up to date"), said=settings.to)
