"""Declares the feature *groups*, with the payers of groups' sessions and the names of groups."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.badges.changes import BadgeWanted
from controller.capabilities.groups import groups, windows
from controller.capabilities.groups import models as models
from controller.capabilities.groups.changes import GroupNews, WindowNews
from controller.capabilities.groups.effects import refuse_windows
from controller.capabilities.groups.messages import MESSAGES
from controller.capabilities.groups.models import GroupRow, WindowRow
from controller.capabilities.groups.policy import FACTS
from controller.capabilities.groups.privacy import PERSONAL_DATA, forget_supervisors
from controller.capabilities.groups.projection import PROJECTION
from controller.capabilities.members import on_behalf
from controller.capabilities.members.changes import (
    MemberLeft,
    MemberMerged,
    MergeObstacle,
    MergeRefused,
    SupervisedZonesChanged,
)
from controller.capabilities.members.shapes import OnBehalf
from controller.domain.locale.catalogue import N_
from controller.kernel.capability import (
    AlarmKind,
    Capability,
    OnBehalfOf,
    Proposer,
    Reaction,
    SessionBegan,
)
from controller.kernel.jobs import Job, NeedsDate, single_transaction
from controller.kernel.names import Names, Person
from controller.kernel.projections import EventsForgotten

JOBS = (
    Job(
        name="windows",
        title=N_("ending supervision windows"),
        run=single_transaction(windows.close_ended),
        needs_date=NeedsDate.PLAUSIBLE,
    ),
)

# A machine session with a group's badge is on behalf of the group's organisation.


def _propose(db: Session, sessions: Sequence[SessionBegan]) -> Mapping[str, OnBehalfOf]:
    refs = {session.member_ref for session in sessions if session.member_id is None}
    if not refs:
        return {}
    groups = select(GroupRow.ref, GroupRow.organisation_id).where(GroupRow.ref.in_(refs))
    owners = {row.ref: OnBehalf(organisation_id=row.organisation_id) for row in db.execute(groups)}
    payers: dict[str, OnBehalfOf] = {}
    for session in sessions:
        if session.member_ref in owners:
            to = on_behalf.still_valid(db, session.site_id, owners[session.member_ref], session.at)
            payers[session.session_id] = OnBehalfOf(to.organisation_id)
    return payers


PROPOSER = Proposer(rank=4, propose=_propose)

# Two records can't be merged while the one to be deleted supervises others.


def hinder_merge(db: Session, merged: MemberMerged) -> None:
    """Raise MergeRefused while the member has an open window, since only their badge closes it at
    the agent."""
    open_ = (WindowRow.supervisor == merged.gone.ref, WindowRow.closed_at.is_(None))
    if db.scalar(select(WindowRow.id).where(*open_).limit(1)) is not None:
        raise MergeRefused(MergeObstacle.WINDOW)


# The names of groups, by the reference that events carry.


def _names_by_ref(db: Session, refs: Collection[str]) -> dict[str, Person]:
    groups = select(GroupRow.ref, GroupRow.name).where(GroupRow.ref.in_(refs))
    return {ref: (None, name) for ref, name in db.execute(groups)}


NAMES = (Names("group", by_member_ref=_names_by_ref),)

GROUPS = Capability(
    name="groups",
    projections=(PROJECTION,),
    effects=(refuse_windows,),
    alarms=(
        AlarmKind(
            "window_refused",
            N_("Supervision refused"),
            N_("Check who supervises this room. If the box is unknown or compromised, revoke it."),
        ),
    ),
    proposer=PROPOSER,
    personal_data=PERSONAL_DATA,
    names=NAMES,
    reacts=(
        Reaction(MemberLeft, windows.end_all),
        Reaction(SupervisedZonesChanged, windows.end_others),
        Reaction(MemberMerged, hinder_merge),
        Reaction(BadgeWanted, groups.release_badge),
        Reaction(EventsForgotten, forget_supervisors),
    ),
    messages=MESSAGES,
    news=(GroupNews, WindowNews),
    jobs=JOBS,
    facts=FACTS,
)
