"""Rules for the personal data in the tables of presence."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.presence.models import (
    EndedVisit,
    EvacuationRow,
    Occupancy,
    PresenceRow,
    RollLine,
)
from controller.domain.locale.catalogue import N_
from controller.kernel.privacy import (
    ErasureInProgress,
    ErasureKind,
    PersonalDataRule,
    Purpose,
    RetentionKind,
)


def _refuse_present(db: Session, erasing: ErasureInProgress) -> str | None:
    """Refuse to erase somebody who is in, since they would be missing on an evacuation's roll."""
    inside = PresenceRow.zone_id.is_not(None) & (PresenceRow.member_ref == erasing.person.ref)
    if db.scalar(select(PresenceRow.id).where(inside)) is None:
        return None
    if erasing.actor.member_id == erasing.person.id:
        return N_("You are noted as present: ask the desk to record your exit first.")
    return N_("Currently present: the exit must first be recorded at the desk.")


PERSONAL_DATA = (
    PersonalDataRule(
        PresenceRow,
        Purpose.PRESENCE,
        RetentionKind.MOMENT,
        ErasureKind.DELETE,
        whereabouts=True,
        erasure_blocker=_refuse_present,
    ),
    PersonalDataRule(
        EndedVisit, Purpose.PRESENCE, RetentionKind.MOMENT, ErasureKind.DELETE, whereabouts=True
    ),
    PersonalDataRule(Occupancy, Purpose.PRESENCE),
    PersonalDataRule(
        EvacuationRow,
        Purpose.PRESENCE,
        RetentionKind.SAFETY,
        retained_note=N_(
            "The safety register: dates, durations and numbers of evacuations, without any name"
        ),
    ),
    PersonalDataRule(RollLine, Purpose.PRESENCE, RetentionKind.MOMENT, ErasureKind.DELETE),
)
