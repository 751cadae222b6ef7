"""Who has joined since, to whoever was away: what each still lacks to come in."""

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.plans.standing import Standing, condition
from controller.domain.facts import MemberStatus
from controller.domain.time import Utc
from controller.kernel.activity import (
    Asked,
    Happened,
    NextAction,
    Part,
    Said,
    Weight,
    count,
    plain,
    say,
)
from controller.kernel.paging import apart
from controller.store.packed_event import first_id

NEWCOMER, NEWCOMERS = "member.new", "member.several"
_FEW = 12
"""More than so many are an import, and one row."""
_New = Row[str, str, Utc, bool, bool]
"""Id, name, since when, whether a badge and whether a subscription is lacking."""


def tell(db: Session, asked: Asked) -> Iterator[Happened]:
    """A row for each, or one for all of them where there are many."""
    rows = db.execute(
        select(
            *(MemberRow.id, MemberRow.display_name, MemberRow.created_at),
            _lacks(Standing.NO_BADGE, asked).label("no_badge"),
            _lacks(Standing.UNCOVERED, asked).label("uncovered"),
        )
        .where(MemberRow.id >= first_id(asked.since.millis()))
        .where(MemberRow.created_at >= asked.since, apart(MemberRow.site_id) == asked.site)
        .where(apart(MemberRow.status) == MemberStatus.ACTIVE)
        .order_by(MemberRow.id)
        .limit(asked.limit)
    ).all()
    if len(rows) > _FEW:
        yield _several(rows, asked)
        return
    for row in rows:
        lacks = tuple(_lacking(row))
        yield Happened(
            part=Part.PEOPLE,
            names=("member", row.id),
            at=row.created_at,
            title=plain(row.display_name),
            facts=(say("added %(at)s", at=row.created_at), *lacks),
            weight=Weight.TODO if lacks else Weight.KNOW,
            action=NextAction(NEWCOMER, {"member": row.id}),
        )


def _several(rows: Sequence[_New], asked: Asked) -> Happened:
    first, last = rows[0], rows[-1]
    n = len(rows)
    more = say("%(n)s new members or more", n=n)
    return Happened(
        part=Part.PEOPLE,
        names=("members", first.id, last.id),
        at=last.created_at,
        title=say("%(n)s new members", n=n) if n < asked.limit else more,
        facts=tuple(_counted(rows)),
        weight=Weight.KNOW,
        action=NextAction(NEWCOMERS),
    )


def _lacks(standing: Standing, asked: Asked) -> ColumnElement[bool]:
    return condition(standing, asked.now, alone=False)


def _lacking(row: _New) -> Iterator[Said]:
    if row.no_badge:
        yield say("without a badge")
    if row.uncovered:
        yield say("no subscription")


def _counted(rows: Sequence[_New]) -> Iterator[Said]:
    if number := sum(row.no_badge for row in rows):
        yield count("%(n)s without a badge", "%(n)s without a badge", number)
    if number := sum(row.uncovered for row in rows):
        yield count("%(n)s without a subscription", "%(n)s without a subscription", number)
