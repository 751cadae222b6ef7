"""Lent badges for *Catch up*."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.badges.models import IS_LENT, CredentialRow
from controller.capabilities.members.models import MemberRow
from controller.domain.facts import CredentialStatus
from controller.kernel.activity import (
    ActivityQuery,
    ActivityRow,
    ActivitySource,
    NextAction,
    Part,
    Weight,
    plain,
    say,
)
from controller.kernel.paging import without_index

CALL = "badge.call"
"""The action that a row suggests: call the member."""
_NBSP = "\u00a0"
"""For phone numbers, which stay on one line."""


def _activity_rows(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    """Yield the badges that are lent at the site.

    Few badges are lent, so this is faster without the index of members by site.
    """
    badge = CredentialRow
    columns = (badge.id, badge.member_id, badge.masked, badge.created_at, badge.valid_until)
    rows = db.execute(
        select(*columns, MemberRow.display_name, MemberRow.phone)
        .join(MemberRow, MemberRow.id == CredentialRow.member_id)
        .where(without_index(MemberRow.site_id) == query.site, IS_LENT)
        .where(CredentialRow.status != CredentialStatus.LOST)
        .order_by(CredentialRow.created_at)
        .limit(query.limit)
    )
    for row in rows:
        facts = [say("badge %(ending)s", ending=row.masked[-4:])]
        facts.append(say("lent since %(since)s", since=row.created_at))
        late = row.valid_until is not None and row.valid_until <= query.now
        if row.valid_until is not None and late:
            facts.append(say("was due back %(at)s", at=row.valid_until))
        if row.phone:
            facts.append(plain(row.phone.replace(" ", _NBSP)))
        yield ActivityRow(
            part=Part.BADGES,
            names=("badge", row.id),
            at=row.valid_until or row.created_at,
            title=plain(row.display_name),
            facts=tuple(facts),
            weight=Weight.TODO if late else Weight.KNOW,
            action=NextAction(CALL, {"member": row.member_id or ""}),
        )


RECENT = ActivitySource(read_rows=_activity_rows, actions=frozenset({CALL}))
