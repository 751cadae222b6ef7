"""The web side of *syslog*."""

from controller.domain.time import Utc
from controller.integrations.syslog.jobs import NAME
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.models import JobRow
from webui.context import context
from webui.feature import Feature
from webui.i18n import _
from webui.integration import Health, Integration

# The health of the log server is the result of the last run of the job that sends to it.


def health(db: Session, _site: str, _now: Utc) -> Health:
    """Return whether messages reach the log server; it is the same for every site."""
    settings = context().settings.syslog
    if settings.to is None:
        return Health(look="off", word=_("Not used"))
    row = db.get(JobRow, (NAME, ""))
    if row is None or row.succeeded_at is None:
        return Health(look="out", word=_("Not tried yet"), detail=settings.to)
    if row.failures:
        text = _(
            "%(server)s can’t be reached or refuses messages; everything will be sent later.",
            server=settings.to,
        )
        return Health(look="fault", word=_("Does not answer"), detail=text)
    return Health(look="running", word=_("Up to date"), detail=settings.to)


FEATURE = Feature(
    name="syslog",
    integration=Integration(
        name=lambda: _("Log server"),
        icon="clipboard-list",
        summary=lambda: _("Receives the audit log and the alarms, without names (RFC 5424)."),
        permission=Permission.RULES_WRITE,
        health=health,
        lines='[syslog]\nto = "tls://logs.town.example:6514"',
        guide="integrations.html#log-server",
    ),
)
