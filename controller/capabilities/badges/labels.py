"""Labels to print for badges: the holder's name and the end of the number."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, TextClause, select
from sqlalchemy.orm import Session

from controller.capabilities.badges.models import IS_LENT, CredentialRow
from controller.capabilities.members.models import MemberRow
from controller.domain.facts import CredentialStatus
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.paging import without_index
from controller.wire.ids import uuid7_of

MAX_LABELS = 500
"""Maximum number of labels in a list."""
NEW = timedelta(days=7)
"""For how long a badge counts as new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeLabel:
    """The label of a working badge."""

    id: str
    member_id: str
    name: str
    ending: str
    """The last four characters of its number."""
    lent: bool
    until: Utc | None


def lent_labels(db: Session, site_id: str, *, actor: Actor) -> list[BadgeLabel]:
    """Return labels of all badges that are lent now, the longest loan first. Raises Forbidden."""
    return _labels(db, site_id, IS_LENT, actor=actor)


def new_labels(db: Session, site_id: str, *, actor: Actor, now: Utc) -> list[BadgeLabel]:
    """Return labels of badges that were given, not lent, within `NEW`, oldest first.

    Raises Forbidden.
    """
    since = Utc.of(now - NEW)
    lately = CredentialRow.id >= uuid7_of(since.millis() << 12, 0)  # uses the index
    is_new = CredentialRow.created_at >= since
    return _labels(db, site_id, lately, is_new, ~CredentialRow.lent, actor=actor)


def labels_of_members(
    db: Session, site_id: str, members: Collection[str], *, actor: Actor
) -> list[BadgeLabel]:
    """Return labels of these members' badges, if this is their home site. Raises Forbidden."""
    return _labels(db, site_id, CredentialRow.member_id.in_(members), actor=actor)


def _labels(
    db: Session, site_id: str, *which: ColumnElement[bool] | TextClause, actor: Actor
) -> list[BadgeLabel]:
    actor.require(Permission.CREDENTIALS_WRITE, site_id)
    badge = CredentialRow
    columns = (badge.id, badge.member_id, badge.masked, badge.lent, badge.valid_until)
    rows = db.execute(
        select(*columns, MemberRow.display_name)
        .join(MemberRow, MemberRow.id == badge.member_id)
        .where(*which)
        .where(without_index(MemberRow.site_id) == site_id, badge.status == CredentialStatus.ACTIVE)
        .order_by(without_index(badge.id))
        .limit(MAX_LABELS)
    )
    return [
        BadgeLabel(
            id=row.id,
            member_id=row.member_id,
            name=row.display_name,
            ending=row.masked[-4:],
            lent=row.lent,
            until=row.valid_until,
        )
        for row in rows
    ]
