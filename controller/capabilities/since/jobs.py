"""Once a day, in the morning of the site, its digest is due."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from controller.capabilities.places.models import SiteRow
from controller.capabilities.since.news import DigestNews
from controller.domain.time import Utc
from controller.domain.words.catalogue import N_
from controller.kernel.jobs import Job, Work
from controller.kernel.outbox import tell

MORNING = time(7)
_LATE = timedelta(hours=12)
"""What was missed for longer, a server that was off for a week, is not made up for."""


def morning(now: Utc, zone: ZoneInfo) -> Utc:
    """The last morning there, at the hour of the digest."""
    local = now.astimezone(zone)
    day = local.date() if local.time() >= MORNING else local.date() - timedelta(days=1)
    return Utc.of(datetime.combine(day, MORNING, zone))


def _tell(work: Work) -> None:
    with work.read() as db:
        zone = ZoneInfo(db.get_one(SiteRow, work.site).time_zone)
    due = morning(work.now, zone)
    if work.since < due and work.now - due < _LATE:
        with work.write() as db:
            tell(db, DigestNews(site=work.site, key=due.astimezone(zone).date().isoformat()))


JOBS = (Job(name="digest", title=N_("résumé du matin"), run=_tell, period_s=600.0, a_site=True),)
