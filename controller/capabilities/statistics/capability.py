"""The feature *statistics*."""

from sqlalchemy.orm import Session

from controller.capabilities.members.changes import MemberMerged
from controller.capabilities.presence.changes import CheckInUndone, MemberCheckedIn
from controller.capabilities.statistics import models as models
from controller.capabilities.statistics import traits, visitors
from controller.capabilities.statistics.privacy import PERSONAL_DATA
from controller.capabilities.statistics.rebuild import PROJECTION
from controller.kernel.capability import Capability, Reaction

# Two merged records count as one visitor a month, with one set of traits.


def move_statistics(db: Session, merged: MemberMerged) -> None:
    """Merge traits first, while the visits of both records are still separate."""
    traits.merge(db, merged)
    visitors.merge(db, merged)


STATISTICS = Capability(
    name="statistics",
    projections=(PROJECTION,),
    reacts=(
        Reaction(MemberCheckedIn, visitors.record_check_in),
        Reaction(CheckInUndone, visitors.undo_check_in),
        Reaction(MemberMerged, move_statistics),
    ),
    personal_data=PERSONAL_DATA,
)
