"""An alarm while no backup is made, at every site, where the settings want some."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.alarms.controller_alarms import set_alarm
from controller.capabilities.places.models import SiteRow
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel import backups
from controller.kernel.jobs import Job, Work
from controller.settings import BackupSettings

KIND = "backup_late"


def look(work: Work) -> None:
    """A job's step."""
    with work.write() as db:
        keep(db, backups.backup_settings(work.settings), work.now)


def keep(db: Session, wanted: BackupSettings, now: Utc) -> None:
    """Have it be on, or be over."""
    is_on = wanted.is_on and backups.is_late(db, wanted.late, now)
    for site in db.scalars(select(SiteRow.id).order_by(SiteRow.id)).all():
        set_alarm(
            db,
            key=f"{KIND}:{site}",
            site_id=site,
            kind=KIND,
            access_point=None,
            detail={},
            is_on=is_on,
            now=now,
        )


JOBS = (Job(name="backups", title=N_("check of backups"), run=look, period_s=900.0),)
