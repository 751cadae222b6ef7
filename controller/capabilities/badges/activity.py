"""Lent badges for *Catch up*, and those returned since whose holder got no letter."""

from collections.abc import Iterator
from itertools import chain

from sqlalchemy import func, select
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
    count,
    plain,
    say,
)
from controller.kernel.models import AuditEntry
from controller.kernel.paging import without_index
from controller.policy.reading import chunks

CALL = "badge.call"
"""The action that a row suggests: call the member."""
_NBSP = "\u00a0"
"""For phone numbers, which stay on one line."""


def _activity_rows(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    return chain(_lent(db, query), _returned(db, query))


def _lent(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
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


def _returned(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    """Yield members without an e-mail address in whose name a badge was lent and returned since, as
    no letter told them of it."""
    returned = db.execute(
        select(AuditEntry.subject, func.max(AuditEntry.at), func.count())
        .where(
            AuditEntry.at >= query.since,
            AuditEntry.site_id == query.site,
            AuditEntry.action == "credential_returned",
            AuditEntry.detail.contains('"lent":true', autoescape=True),
        )
        .group_by(AuditEntry.subject)
        .order_by(func.max(AuditEntry.at).desc())
    ).all()
    loans = {subject.partition(":")[2]: (at, number) for subject, at, number in returned}
    without_address = select(MemberRow.id, MemberRow.display_name).where(MemberRow.email.is_(None))
    batches = (without_address.where(MemberRow.id.in_(batch)) for batch in chunks(loans))
    for row in (row for statement in batches for row in db.execute(statement)):
        at, number = loans[row.id]
        yield ActivityRow(
            part=Part.BADGES,
            names=("returned", row.id, at.text()),
            at=at,
            title=plain(row.display_name),
            facts=(
                count("%(n)s badge lent and returned", "%(n)s badges lent and returned", number),
                say("returned %(at)s", at=at),
                say("no e-mail address"),
            ),
            weight=Weight.KNOW,
            action=NextAction(CALL, {"member": row.id}),
        )


RECENT = ActivitySource(read_rows=_activity_rows, actions=frozenset({CALL}))
