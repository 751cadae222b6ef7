"""Books machine sessions to organisations and projects, as of the start of each session."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.usage.record import Record
from controller.kernel.capability import OnBehalfOf, Proposer, SessionBegan


class User(NamedTuple):
    """The member whose session it is."""

    id: str
    categories: Sequence[str]


def users(db: Session, rows: Iterable[Record]) -> Mapping[str, User]:
    """Return the members who started these sessions, by reference."""
    refs = {row.member_ref for row in rows if row.started_at and row.member_ref}
    people = select(MemberRow.ref, MemberRow.id, MemberRow.categories)
    rows_of_members = db.execute(people.where(MemberRow.ref.in_(refs))) if refs else ()
    return {ref: User(key, categories) for ref, key, categories in rows_of_members}


def book(
    db: Session, rows: Sequence[Record], people: Mapping[str, User], late: Collection[str]
) -> None:
    """Book each session to the first proposal of a feature.

    First a course, then a booking, then the organisation or project for which its user worked. What
    a person entered stays. Late or repeated events give the same result, since features propose for
    the time of the start. `people`: the members who started the sessions; `late`: the ids of the
    sessions whose start arrived late.
    """
    attributable = [row for row in rows if row.started_at and row.member_ref]
    if not attributable:
        return
    for row in attributable:
        person = people.get(row.member_ref or "")
        row.public = row.public or (public_of(person.categories) if person else None)
    automatic = [row for row in attributable if row.booked_by is None]
    undated = _undated(db, [row for row in automatic if row.id in late])
    session_starts = [
        SessionBegan(
            session_id=row.id,
            site_id=row.site_id,
            access_point_id=row.access_point_id,
            member_ref=row.member_ref,
            member_id=people[row.member_ref].id if row.member_ref in people else None,
            at=row.started_at,
            is_dated=row.id not in undated,
        )
        for row in automatic
        if row.member_ref and row.started_at
    ]
    proposers: tuple[Proposer, ...] = db.info["house"].proposers
    proposed = [proposer.propose(db, session_starts) for proposer in proposers]
    for row in automatic:
        proposals = (mapping[row.id] for mapping in proposed if row.id in mapping)
        target = next(proposals, OnBehalfOf())
        row.organisation_id, row.project_id = target.organisation_id, target.project_id
        row.course_session_id = target.course_session_id


def _undated(db: Session, late: Sequence[Record]) -> Collection[str]:
    """Return the ids of those sessions whose agent has no key: it stands for boards, which don't
    say when what they report late has begun."""
    agents = {row.agent_id for row in late}
    keyless = select(AgentRow.id).where(AgentRow.id.in_(agents), AgentRow.public_key.is_(None))
    boards = set(db.scalars(keyless)) if agents else set()
    return {row.id for row in late if row.agent_id in boards}


def public_of(categories: Sequence[str]) -> str | None:
    """Return the category of a person in statistics: the first of theirs, or None."""
    return categories[0] if categories else None
