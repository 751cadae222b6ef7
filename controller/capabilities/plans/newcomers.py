"""New members for *Catch up*, with what they still need for access."""

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.orm import Session

from controller.capabilities.members.models import MemberRow
from controller.capabilities.plans.member_filter import MemberFilter, condition
from controller.domain.facts import MemberStatus
from controller.domain.time import Utc
from controller.kernel.activity import (
    ActivityQuery,
    ActivityRow,
    ActivityText,
    NextAction,
    Part,
    Weight,
    count,
    plain,
    say,
)
from controller.kernel.paging import without_index
from controller.store.packed_event import first_id

SHOW_MEMBER, SHOW_MEMBERS = "member.new", "member.several"
"""Next actions: open the page of a member, or the list of members."""
_MAX_ROWS = 12
"""If there are more newcomers, as after an import, one row stands for all of them."""
_New = Row[str, str, Utc, bool, bool]
"""Id, name, creation time, whether a badge is missing, whether a subscription is missing."""


def newcomer_rows(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    """Yield a row for each new member, or one row for all if there are many.

    The range of ids leaves few rows, so the indexes of site and status are not needed.
    """
    rows = db.execute(
        select(
            *(MemberRow.id, MemberRow.display_name, MemberRow.created_at),
            _filter_condition(MemberFilter.NO_BADGE, query).label("no_badge"),
            _filter_condition(MemberFilter.UNCOVERED, query).label("uncovered"),
        )
        .where(MemberRow.id >= first_id(query.since.millis()))
        .where(MemberRow.created_at >= query.since, without_index(MemberRow.site_id) == query.site)
        .where(without_index(MemberRow.status) == MemberStatus.ACTIVE)
        .order_by(MemberRow.id)
        .limit(query.limit)
    ).all()
    if len(rows) > _MAX_ROWS:
        yield _row_for_all(rows, query)
        return
    for row in rows:
        missing = tuple(_missing_texts(row))
        yield ActivityRow(
            part=Part.PEOPLE,
            names=("member", row.id),
            at=row.created_at,
            title=plain(row.display_name),
            facts=(say("added %(at)s", at=row.created_at), *missing),
            weight=Weight.TODO if missing else Weight.KNOW,
            action=NextAction(SHOW_MEMBER, {"member": row.id}),
        )


def _row_for_all(rows: Sequence[_New], query: ActivityQuery) -> ActivityRow:
    first, last = rows[0], rows[-1]
    n = len(rows)
    title = say("%(n)s new members or more", n=n)
    return ActivityRow(
        part=Part.PEOPLE,
        names=("members", first.id, last.id),
        at=last.created_at,
        title=say("%(n)s new members", n=n) if n < query.limit else title,
        facts=tuple(_missing_totals(rows)),
        weight=Weight.KNOW,
        action=NextAction(SHOW_MEMBERS),
    )


def _filter_condition(member_filter: MemberFilter, query: ActivityQuery) -> ColumnElement[bool]:
    return condition(member_filter, query.now, query.site, is_only_condition=False)


def _missing_texts(row: _New) -> Iterator[ActivityText]:
    if row.no_badge:
        yield say("without a badge")
    if row.uncovered:
        yield say("no subscription")


def _missing_totals(rows: Sequence[_New]) -> Iterator[ActivityText]:
    if number := sum(row.no_badge for row in rows):
        yield count("%(n)s without a badge", "%(n)s without a badge", number)
    if number := sum(row.uncovered for row in rows):
        yield count("%(n)s without a subscription", "%(n)s without a subscription", number)
