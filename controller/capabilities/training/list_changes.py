"""What others did lately to a session's list and to the names on it, for whoever certifies.

A trainer who knows people by name alone would otherwise certify somebody whom the desk enrolled
under the name of another (decision 0330).
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.badges.namesakes import Distinction, distinctions
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.names import renamed_at
from controller.capabilities.members.search import names_alike
from controller.capabilities.places.models import SiteRow
from controller.capabilities.training.models import CourseSessionRow, EnrolmentRow
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.models import AuditEntry
from controller.kernel.names import names_of

_ENROLLED = frozenset({"course_enrolled", "course_waiting"})
_WITHDRAWN = "course_withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChange:
    """Somebody enrolled or withdrew a member other than themselves."""

    name: str
    """The member's name."""
    by: str
    """Who did it; empty if it is no longer known."""
    at: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChanges:
    """What others did to a session's list and to the names on it, by member."""

    enrolled: Mapping[str, ListChange]
    withdrawn: Mapping[str, ListChange]
    renamed: Mapping[str, Utc]
    """When a name last changed, if that was in the last thirty days."""
    distinctions: Mapping[str, Distinction]
    """What distinguishes people whose name looks like that of anybody else."""


def read(db: Session, session: CourseSessionRow, *, actor: Actor, now: Utc) -> ListChanges:
    """Return the changes that neither the members themselves nor the actor made."""
    listed = select(EnrolmentRow.member_id).where(EnrolmentRow.session_id == session.id)
    rows = select(MemberRow.id, MemberRow.display_name).where(MemberRow.id.in_(listed))
    people = {row.id: row.display_name for row in db.execute(rows)}
    enrolments: dict[str, AuditEntry] = {}
    for entry in _entries(db, people):
        member, detail = entry.subject.removeprefix("member:"), json.loads(entry.detail)
        if detail.get("session") == session.id and not entry.actor.startswith("system:"):
            enrolments[member] = entry
    by_others = {
        member: entry
        for member, entry in enrolments.items()
        if json.loads(entry.detail).get("by_other") and entry.actor != actor.ref
    }
    names = names_of(db, {entry.actor for entry in by_others.values()})
    changes = {
        member: ListChange(name=people[member], by=names.get(entry.actor, ""), at=entry.at)
        for member, entry in by_others.items()
    }
    withdrawn = {member for member, entry in by_others.items() if entry.action == _WITHDRAWN}
    return ListChanges(
        enrolled={member: one for member, one in changes.items() if member not in withdrawn},
        withdrawn={member: one for member, one in changes.items() if member in withdrawn},
        renamed=renamed_at(db, people, now),
        distinctions=distinctions(
            db,
            people,
            zone=ZoneInfo(db.get_one(SiteRow, session.site_id).time_zone),
            others=names_alike(db, people.values(), but=people),
        ),
    )


def _entries(db: Session, members: Collection[str]) -> list[AuditEntry]:
    """Return what the audit says of these members' enrolments, oldest first."""
    entries = select(AuditEntry).where(
        AuditEntry.subject.in_([f"member:{member}" for member in members]),
        AuditEntry.action.in_([*_ENROLLED, _WITHDRAWN]),
    )
    return list(db.scalars(entries.order_by(AuditEntry.seq)))
