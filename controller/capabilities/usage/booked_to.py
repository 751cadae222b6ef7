"""Books machine sessions to organisations and projects, as of the start of each session."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

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


def book(db: Session, rows: Sequence[Record], people: Mapping[str, User]) -> None:
    """Book each session to the first proposal of a feature.

    First a course, then a booking, then the organisation or project for which its user worked. What
    a person entered stays. Late or repeated events give the same result, since features propose for
    the time of the start. `people`: the members who started the sessions.
    """
    attributable = [row for row in rows if row.started_at and row.member_ref]
    if not attributable:
        return
    for row in attributable:
        person = people.get(row.member_ref or "")
        row.public = row.public or (public_of(person.categories) if person else None)
    automatic = [row for row in attributable if row.booked_by is None]
    session_starts = [
        SessionBegan(
            session_id=row.id,
            site_id=row.site_id,
            access_point_id=row.access_point_id,
            member_ref=row.member_ref,
            member_id=people[row.member_ref].id if row.member_ref in people else None,
            at=row.started_at,
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


def public_of(categories: Sequence[str]) -> str | None:
    """Return the category of a person in statistics: the first of theirs, or None."""
    return categories[0] if categories else None
