"""Maintainers: members who may use machines and doors out of service and reset their faults."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members import members
from controller.capabilities.members.models import Maintainer, MemberRow
from controller.capabilities.members.shapes import Member
from controller.domain.facts import MemberStatus
from controller.domain.time import Utc
from controller.kernel.actor import Actor

Change = Callable[[frozenset[str]], Collection[str]]
"""Returns the new access points of a maintainer, given the current ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintainerSummary:
    """A maintainer; `active` is False while the member is suspended."""

    member_id: str
    name: str
    active: bool


def of_points(db: Session, points: Collection[str]) -> dict[str, tuple[MaintainerSummary, ...]]:
    """Return the maintainers of each access point, by name, without members who have left."""
    rows = db.execute(
        select(Maintainer.access_point_id, MemberRow.id, MemberRow.display_name, MemberRow.status)
        .join(MemberRow, MemberRow.id == Maintainer.member_id)
        .where(Maintainer.access_point_id.in_(points), MemberRow.status != MemberStatus.LEFT)
        .order_by(MemberRow.display_name, MemberRow.id)
    )
    maintainers: dict[str, tuple[MaintainerSummary, ...]] = dict.fromkeys(points, ())
    for point, member, name, status in rows:
        active = status is MemberStatus.ACTIVE
        maintainers[point] += (MaintainerSummary(member_id=member, name=name, active=active),)
    return maintainers


def add_maintainer(db: Session, point: str, member: str, *, actor: Actor, now: Utc) -> Member:
    """Make a member a maintainer of an access point.

    Raises Invalid if the access point is not at the member's home site; NotFound, Forbidden.
    """
    return _change(db, member, lambda old: old | {point}, actor, now)


def remove_maintainer(db: Session, point: str, member: str, *, actor: Actor, now: Utc) -> Member:
    """Remove a maintainer from an access point. Raises NotFound, Forbidden."""
    return _change(db, member, lambda old: old - {point}, actor, now)


def _change(db: Session, member: str, change: Change, actor: Actor, now: Utc) -> Member:
    old = members.get(db, member, actor=actor)
    patch = {"maintains": sorted(change(frozenset(old.maintains)))}
    return members.change(db, member, patch, version=old.version, actor=actor, now=now)
