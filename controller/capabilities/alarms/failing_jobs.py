"""An alarm for a periodic job that keeps failing, at each site that it concerns."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.alarms.controller_alarms import set_alarm
from controller.capabilities.places.models import SiteRow
from controller.domain.time import Utc
from controller.kernel.jobs import Job
from controller.kernel.jsontypes import to_json
from controller.kernel.translation import in_every_language

KIND = "job_failing"


def keep_job_alarm(db: Session, job: Job, site_id: str, is_on: bool, now: Utc) -> None:
    """Have it be on, or be over; at every site where no site is named."""
    name = to_json(in_every_language(db, lambda words: words.say(job.title)))
    for site in [site_id] if site_id else db.scalars(select(SiteRow.id).order_by(SiteRow.id)).all():
        set_alarm(
            db,
            key=f"{KIND}:{job.name}:{site}",
            site_id=site,
            kind=KIND,
            access_point=None,
            detail={"job": job.name, "name": name},
            is_on=is_on,
            now=now,
        )
