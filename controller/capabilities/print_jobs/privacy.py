"""Rules for the personal data in print jobs."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from controller.capabilities.print_jobs.models import PrintJob
from controller.capabilities.print_jobs.settlement import REPORT_PERIOD
from controller.capabilities.usage.models import SessionRow
from controller.domain.locale.catalogue import N_
from controller.kernel.privacy import (
    ErasureInProgress,
    ErasureKind,
    PersonalDataRule,
    Purpose,
    Retention,
    RetentionKind,
    emptying_step,
)


def _refuse_unreported(db: Session, erasing: ErasureInProgress) -> str | None:
    """Refuse that members erase themselves before their print is reported, and charged (0235)."""
    person = erasing.person
    if erasing.actor.member_id != person.id:
        return None
    refs = (person.ref, *person.former_refs)
    session_ids = select(SessionRow.id).where(SessionRow.member_ref.in_(refs))
    unsettled = select(PrintJob.id).where(
        PrintJob.settled_at.is_(None),
        PrintJob.asked_at > erasing.now - REPORT_PERIOD,
        or_(PrintJob.member_ref.in_(refs), PrintJob.session_id.in_(session_ids)),
    )
    if db.scalar(unsettled.limit(1)) is None:
        return None
    return N_(
        "The end of one of your prints is not reported yet: wait until it is. To be erased before "
        "that, write to whoever handles personal data."
    )


_EMPTY_VALUES = {"name": None, "member_ref": None}
"""The values of a print's columns after retention."""

PERSONAL_DATA = (
    PersonalDataRule(
        PrintJob,
        Purpose.ACCESS,
        RetentionKind.ACCESS,
        ErasureKind.EMPTY,
        erasure_blocker=_refuse_unreported,
        retention=Retention("print_jobs", emptying_step(PrintJob.asked_at, _EMPTY_VALUES)),
    ),
)
