"""Alarms that the controller itself raises and ends."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.alarms.alarms import AlarmNews
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.places.models import SiteRow
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel import backups
from controller.kernel.health import DatabaseOutage
from controller.kernel.jobs import Job, Work
from controller.kernel.jsontypes import to_json
from controller.kernel.outbox import post_news
from controller.kernel.rows import ensure
from controller.kernel.translation import in_every_language
from controller.settings import BackupSettings
from controller.wire.ids import uuid7


def set_alarm(
    db: Session,
    *,
    key: str,
    site_id: str,
    kind: str,
    access_point: str | None,
    detail: dict[str, Any],
    is_on: bool,
    now: Utc,
) -> None:
    """Raise or clear the alarm with this key; idempotent."""
    query = select(Alarm).where(Alarm.key == key)
    row = db.scalar(query)
    if not is_on and (row is None or row.cleared_at is not None):
        return
    if row is None:
        new = Alarm(
            id=uuid7(),
            key=key,
            site_id=site_id,
            agent_id=None,
            access_point_id=access_point,
            kind=kind,
            detail=detail,
            raised_at=now,
            cleared_at=None,
        )
        row = ensure(db, query, new)
    elif is_on and row.cleared_at is not None:
        row.raised_at, row.cleared_at, row.taken_by, row.taken_at = now, None, None, None
    elif not is_on:
        row.cleared_at = now
    elif row.detail == detail:
        return
    row.detail = detail
    db.flush()
    post_news(db, AlarmNews(site=site_id, key=row.id))


# An alarm for each database outage, raised afterwards.

DATABASE_UNAVAILABLE = "database_unavailable"


def record_outages(db: Session, outages: Iterable[DatabaseOutage]) -> None:
    """Record past outages as ended alarms at every site."""
    sites = db.scalars(select(SiteRow.id).order_by(SiteRow.id)).all()
    for outage in outages:
        for site in sites:
            for is_on, at in ((True, outage.since), (False, outage.until or outage.since)):
                set_alarm(
                    db,
                    key=f"{DATABASE_UNAVAILABLE}:{site}",
                    site_id=site,
                    kind=DATABASE_UNAVAILABLE,
                    access_point=None,
                    detail={"cause": outage.cause.value},
                    is_on=is_on,
                    now=at,
                )


# An alarm for a periodic job that keeps failing, at each affected site.

FAILING_JOB = "job_failing"


def set_job_alarm(db: Session, job: Job, site_id: str, is_on: bool, now: Utc) -> None:
    """Raise or clear the alarm for a failing job; empty `site_id`: at every site."""
    name = to_json(in_every_language(db, lambda words: words.say(job.title)))
    for site in [site_id] if site_id else db.scalars(select(SiteRow.id).order_by(SiteRow.id)).all():
        set_alarm(
            db,
            key=f"{FAILING_JOB}:{job.name}:{site}",
            site_id=site,
            kind=FAILING_JOB,
            access_point=None,
            detail={"job": job.name, "name": name},
            is_on=is_on,
            now=now,
        )


# An alarm at every site while backups are late, if the settings ask for backups.

LATE_BACKUP = "backup_late"


def check_backups(work: Work) -> None:
    """Raise or clear the alarm for late backups; a job."""
    with work.write() as db:
        set_backup_alarm(db, backups.backup_settings(work.settings), work.now)


def set_backup_alarm(db: Session, settings: BackupSettings, now: Utc) -> None:
    """Raise or clear the alarm for late backups, at every site."""
    is_on = settings.is_on and backups.is_late(db, settings.late, now)
    for site in db.scalars(select(SiteRow.id).order_by(SiteRow.id)).all():
        set_alarm(
            db,
            key=f"{LATE_BACKUP}:{site}",
            site_id=site,
            kind=LATE_BACKUP,
            access_point=None,
            detail={},
            is_on=is_on,
            now=now,
        )


BACKUP_JOBS = (
    Job(name="backups", title=N_("check of backups"), run=check_backups, period_s=900.0),
)
