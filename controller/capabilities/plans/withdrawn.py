"""For *Catch up*: plans and records that somebody withdrew, by which a box may have let people in
(decision 0338)."""

import json
from collections.abc import Iterable, Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.plans.newcomers import SHOW_MEMBER
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
from controller.kernel.models import AuditEntry
from controller.kernel.names import names_of

SUBSCRIPTION_MOVED, PASS_MOVED = "subscription_moved", "pass_moved"
"""Audit actions: it begins later than before, or is another plan's."""
_RECORD = "member_taken_back"
_GIVEN = ("subscription_created", "pass_created")
_MOVED = (SUBSCRIPTION_MOVED, PASS_MOVED)
_WITHDRAWN = ("subscription_taken_back", "pass_taken_back")


def withdrawn_rows(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    """Yield a row for each plan or record that was withdrawn, and each plan that was moved later or
    exchanged; one for all that somebody withdrew at once.

    Also those that had not begun: a box without a connection lets people in by them once they do.
    """
    first = func.min(AuditEntry.seq)
    operations = db.execute(
        select(first, func.count())
        .where(
            AuditEntry.at >= query.since,
            AuditEntry.site_id == query.site,
            AuditEntry.action.in_((*_WITHDRAWN, *_MOVED, _RECORD)),
        )
        .group_by(AuditEntry.actor, AuditEntry.at, AuditEntry.action)
        .order_by(first.desc())
        .limit(query.limit)
    ).all()
    number_of = {operation[0]: operation[1] for operation in operations}
    entries = db.scalars(
        select(AuditEntry).where(AuditEntry.seq.in_(number_of)).order_by(AuditEntry.seq.desc())
    ).all()
    given_at = _given_at(db, {row.subject for row in entries if row.action != _RECORD})
    names = names_of(db, {ref for row in entries for ref in (row.actor, row.subject)})
    for row in entries:
        number, by = number_of[row.seq], names.get(row.actor)
        name = names.get(row.subject) if row.action != _RECORD and number == 1 else None
        given = given_at.get(_plan_of(row)) if number == 1 else None
        is_moved = row.action in _MOVED
        when = say("changed %(at)s", at=row.at) if is_moved else say("withdrawn %(at)s", at=row.at)
        yield ActivityRow(
            part=Part.PEOPLE if row.action == _RECORD else Part.RIGHTS,
            names=("withdrawn", str(row.seq)),
            at=row.at,
            title=_title(row.action, number),
            facts=(
                *([plain(name)] if name else []),
                *([say("given %(at)s", at=given)] if given else []),
                when,
                *([say("by %(who)s", who=by)] if by else []),
            ),
            weight=Weight.KNOW,
            action=NextAction(SHOW_MEMBER, {"member": row.subject.partition(":")[2]})
            if name
            else None,
        )


def _title(action: str, number: int) -> ActivityText:
    if action == _RECORD:
        return count("%(n)s record taken back", "%(n)s records taken back", number)
    if action in _MOVED:
        return say("A subscription or pass was moved later or exchanged")
    return count(
        "%(n)s subscription or pass withdrawn", "%(n)s subscriptions or passes withdrawn", number
    )


def _given_at(db: Session, subjects: Iterable[str]) -> dict[str, Utc]:
    """Return when each plan of these members was given."""
    given = select(AuditEntry).where(
        AuditEntry.subject.in_(subjects), AuditEntry.action.in_(_GIVEN)
    )
    return {_plan_of(row): row.at for row in db.scalars(given)}


def _plan_of(row: AuditEntry) -> str:
    detail = json.loads(row.detail)
    return str(detail.get("subscription") or detail.get("pass"))
