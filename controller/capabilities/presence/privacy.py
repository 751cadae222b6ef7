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
        plain="id site_id heads by_desk",
        ref="member_ref",
        identity="label",
        about="zone_id moved_at earlier_at learnt_at until",
        whereabouts=True,
        erasure_blocker=_refuse_present,
    ),
    PersonalDataRule(
        EndedVisit,
        Purpose.PRESENCE,
        RetentionKind.MOMENT,
        ErasureKind.DELETE,
        plain="id site_id heads",
        ref="member_ref",
        about="zone_id began_at until ended_at",
        actor="corrected_by",
        whereabouts=True,
    ),
    PersonalDataRule(Occupancy, Purpose.PRESENCE, plain="zone_id quarter site_id peak entries"),
    PersonalDataRule(
        EvacuationRow,
        Purpose.PRESENCE,
        RetentionKind.SAFETY,
        actor="started_by",
        text="remarks",
        plain="id site_id kind started_at ended_at heads seen everyone_back by_mistake",
        retained_note=N_(
            "The safety register: dates, durations and numbers of evacuations, without any name"
        ),
    ),
    PersonalDataRule(
        RollLine,
        Purpose.PRESENCE,
        RetentionKind.MOMENT,
        ErasureKind.DELETE,
        plain="id evacuation_id heads seen_heads by_hand",
        ref="member_ref",
        identity="label",
        about="zone_id seen_at",
        actor="seen_by",
    ),
)
