"""Adds a print's material to the machine session and to the charges, once."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.print_jobs.changes import PrintSettled
from controller.capabilities.print_jobs.models import PrintJob
from controller.capabilities.usage import material
from controller.capabilities.usage.models import SessionRow
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.capability import react
from controller.kernel.jobs import Job, single_transaction

REPORT_PERIOD = timedelta(days=7)
"""How long to wait for the report of a print's end; prints take less."""
_BATCH_SIZE = 100
_SYSTEM = Actor.system("print-jobs")


def settle(
    db: Session, row: PrintJob, *, actor: Actor, now: Utc, counted_grams: float | None = None
) -> None:
    """Add a print's material to its machine session, if that has been reported; else do nothing.

    A print without a machine session is only marked as settled. `counted_grams`: the weight that
    was added before; if the weight has been corrected since, the difference is added.
    """
    if row.session_id is None:
        row.settled_at = row.settled_at or now
        return
    session = db.get(SessionRow, row.session_id)
    if session is None or (row.settled_at is not None and row.used_grams == counted_grams):
        return
    before = counted_grams if row.settled_at is not None else None
    row.member_ref = row.member_ref or session.member_ref
    row.settled_at = row.settled_at or now
    milligrams = round((row.used_grams or 0) * 1000) - round((before or 0) * 1000)
    material.add_material(db, session.id, milligrams)
    react(db, PrintSettled(job=row, session=session, actor=actor, now=now))


def settle_late(db: Session, now: Utc) -> None:
    """Settle prints whose end was reported before their machine session.

    A print whose end was not reported within `REPORT_PERIOD` is settled with its expected weight.
    """
    _settle_unreported(db, now)
    unsettled = (
        select(PrintJob)
        .where(PrintJob.settled_at.is_(None), PrintJob.ended_at.is_not(None))
        .order_by(PrintJob.ended_at)
        .limit(_BATCH_SIZE)
    )
    for row in db.scalars(unsettled.with_for_update()):
        settle(db, row, actor=_SYSTEM, now=now)


def _settle_unreported(db: Session, now: Utc) -> None:
    """Settle prints whose end was not reported in time; a later report corrects the weight."""
    unreported = (
        select(PrintJob)
        .join(SessionRow, SessionRow.id == PrintJob.session_id)
        .where(PrintJob.settled_at.is_(None), PrintJob.ended_at.is_(None))
        .where(PrintJob.asked_at < now - REPORT_PERIOD)
        .limit(_BATCH_SIZE)
    )
    for row in db.scalars(unreported.with_for_update(of=PrintJob)):
        row.used_grams = row.grams
        settle(db, row, actor=_SYSTEM, now=now)


JOBS = (
    Job(
        name="print_jobs",
        title=N_("recording the material of finished prints"),
        run=single_transaction(settle_late),
    ),
)
