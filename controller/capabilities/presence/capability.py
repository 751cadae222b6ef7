"""The feature *presence*."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.groups.changes import GroupChanged, GroupEnded
from controller.capabilities.members.changes import MemberMerged, MergeObstacle, MergeRefused
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.plans.changes import UseQuestion, WasUsed
from controller.capabilities.presence import endings, evacuations, occupancy, presence
from controller.capabilities.presence import models as models
from controller.capabilities.presence.activity import RECENT
from controller.capabilities.presence.changes import EvacuationNews, PresenceNews
from controller.capabilities.presence.models import PresenceRow, RollLine
from controller.capabilities.presence.policy import FACTS
from controller.capabilities.presence.privacy import PERSONAL_DATA
from controller.capabilities.presence.rebuild import PROJECTION, moves_person
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel.capability import Capability, Reaction
from controller.kernel.jobs import Job, NeedsDate, single_transaction
from controller.kernel.outbox import post_news
from controller.kernel.projections import StoredEvent
from controller.wire.events import DoorOpened, Fire

JOBS = (
    Job(
        name="presence",
        title=N_("automatic exits at closing"),
        run=single_transaction(presence.sign_out_due),
        needs_date=NeedsDate.PLAUSIBLE,
    ),
    Job(
        name="occupancy",
        title=N_("counting who is in"),
        run=single_transaction(occupancy.count_all_zones),
        needs_date=NeedsDate.PLAUSIBLE,
    ),
)

# Opened doors move people, and a fire alarm starts an evacuation.


def update_presence(db: Session, events: Sequence[StoredEvent], now: Utc) -> None:
    """Update presence by door events; a current fire event starts an evacuation."""
    for stored_event in events:
        match stored_event.event:
            case DoorOpened(member=str()) as event:
                _move_person(db, stored_event, event, now)
            case Fire(active=True) if not stored_event.arrived_late:
                evacuations.start_by_fire(
                    db, stored_event.site, stored_event.agent, stored_event.best_time
                )


def _move_person(db: Session, stored_event: StoredEvent, event: DoorOpened, now: Utc) -> None:
    """Move a person to another zone after a door was opened; the newest move counts, even if
    reported late."""
    if not moves_person(db, stored_event, event):
        return
    zone_id = db.scalar(select(ZoneRow.id).where(ZoneRow.id == event.zone))
    presence.move(
        db,
        stored_event.site,
        zone_id,
        event.member or "",
        heads=event.headcount,
        at=stored_event.best_time,
        now=now,
    )


# When two records of one person are merged, the newer presence counts.


def move_presence(db: Session, merged: MemberMerged) -> None:
    """Keep the newer presence of two merged records. Raises MergeRefused during an evacuation."""
    refs = (merged.kept.ref, merged.gone.ref)
    if db.scalar(select(RollLine.id).where(RollLine.member_ref.in_(refs)).limit(1)) is not None:
        raise MergeRefused(MergeObstacle.EVACUATION)
    rows = list(db.scalars(select(PresenceRow).where(PresenceRow.member_ref.in_(refs))))
    newest = max(rows, key=lambda row: row.moved_at, default=None)
    for row in rows:
        post_news(db, PresenceNews(site=row.site_id))
        if row is not newest:
            db.delete(row)
    db.flush()
    if newest is not None:
        newest.member_ref = merged.kept.ref
    endings.move_visits(db, merged.gone.ref, merged.kept.ref)
    db.flush()


# A member who came in, by badge or at the desk, has used the place.


def raise_if_used(db: Session, question: UseQuestion) -> None:
    """Raise WasUsed if the member came in or went out since then, at any site: only the last one is
    known, and it hides a visit at this one."""
    visits = select(PresenceRow.id).where(
        PresenceRow.member_ref == question.member_ref, PresenceRow.moved_at >= question.since
    )
    if db.scalar(visits) is not None:
        raise WasUsed


PRESENCE = Capability(
    name="presence",
    effects=(update_presence,),
    projections=(PROJECTION,),
    personal_data=PERSONAL_DATA,
    activity=RECENT,
    reacts=(
        Reaction(GroupChanged, presence.update_group_size),
        Reaction(GroupEnded, presence.check_out_group),
        Reaction(MemberMerged, move_presence),
        Reaction(UseQuestion, raise_if_used),
    ),
    news=(PresenceNews, EvacuationNews),
    jobs=JOBS,
    facts=FACTS,
)
