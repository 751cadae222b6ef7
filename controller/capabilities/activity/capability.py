"""Declares the feature *activity*, with the job that sends the morning digest."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from controller.capabilities.activity import digest_mail
from controller.capabilities.activity.messages import MAX_DELAY, MESSAGES
from controller.capabilities.activity.privacy import PERSONAL_DATA
from controller.capabilities.places.models import SiteRow
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel.capability import Capability
from controller.kernel.jobs import Job, NeedsDate, Work

# Every morning at the site, the digest goes to everybody who has asked for it.

MORNING = time(7)
"""The site's local time at which the digest is due."""


def last_morning(now: Utc, zone: ZoneInfo) -> Utc:
    """Return the latest time, at or before `now`, at which a digest was due in this time zone."""
    local = now.astimezone(zone)
    day = local.date() if local.time() >= MORNING else local.date() - timedelta(days=1)
    return Utc.of(datetime.combine(day, MORNING, zone))


def _write_digests(work: Work) -> None:
    with work.read() as db:
        zone = ZoneInfo(db.get_one(SiteRow, work.site).time_zone)
    due_at = last_morning(work.now, zone)
    if work.since < due_at and work.now - due_at < MAX_DELAY:
        with work.write() as db:
            digest_mail.write_all(db, work.site, due_at, now=work.now)


JOBS = (
    Job(
        name="digest",
        title=N_("morning digest"),
        run=_write_digests,
        period_s=600.0,
        per_site=True,
        needs_date=NeedsDate.PLAUSIBLE,
    ),
)

ACTIVITY = Capability(name="activity", personal_data=PERSONAL_DATA, messages=MESSAGES, jobs=JOBS)
