"""What events change at machines: use keeps up certifications that end by disuse."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.training import member_certifications
from controller.capabilities.training.models import CertificationRow, ValidityKind
from controller.domain.time import Utc
from controller.kernel.stored_event import StoredEvent
from controller.wire.events import SessionStarted


def keep_up(db: Session, events: Sequence[StoredEvent], _now: Utc) -> None:
    """Machines used move the end of certifications that end by disuse."""
    starts = [
        (event, event.event)
        for event in events
        if isinstance(event.event, SessionStarted)
        and event.event.member
        and event.event.access_point
    ]
    if not starts:
        return
    disuse = select(CertificationRow.id).where(
        CertificationRow.validity_kind == ValidityKind.DISUSE
    )
    perishable = set(db.scalars(disuse))
    if not perishable:
        return
    for stored_event, event in starts:
        point = db.get(AccessPointRow, event.access_point)
        asked = [] if point is None else point.requirement.get("certifications", [])
        wanted = perishable & {name for any_of in asked for name in any_of}
        if wanted and event.member is not None:
            member_certifications.record_use(
                db, event.member, sorted(wanted), at=stored_event.latest
            )
