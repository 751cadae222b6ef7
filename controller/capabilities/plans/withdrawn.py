"""For *Catch up*: plans in force and records that somebody withdrew, which a box may have let in by
(decision 0338)."""

import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import select
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

_RECORD = "member_taken_back"
_GIVEN = ("subscription_created", "pass_created")
_CHANGED = ("subscription_changed", "pass_changed")
_WITHDRAWN = ("subscription_taken_back", "pass_taken_back")


def withdrawn_rows(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    """Yield a row for each plan that was in force and then withdrawn, moved later or exchanged, and
    one for the records that somebody took back at once."""
    lately = select(AuditEntry).where(
        AuditEntry.at >= query.since,
        AuditEntry.site_id == query.site,
        AuditEntry.action.in_((*_WITHDRAWN, *_CHANGED, _RECORD)),
    )
    entries = db.scalars(lately.order_by(AuditEntry.seq.desc()).limit(query.limit)).all()
    before = _entries_of_plans(db, {row.subject for row in entries if row.action != _RECORD})
    names = names_of(db, {ref for row in entries for ref in (row.actor, row.subject)})
    for row in entries:
        if row.action == _RECORD:
            continue
        earlier = [it for it in before[_plan_of(row)] if it.seq < row.seq]
        if _was_in_force(row, earlier):
            yield _plan_row(row, earlier, names)
    records = [row for row in entries if row.action == _RECORD]
    for _moment, group in groupby(records, lambda row: (row.actor, row.at)):
        taken_back = list(group)
        first, n = taken_back[0], len(taken_back)
        yield ActivityRow(
            part=Part.PEOPLE,
            names=("record_withdrawn", str(first.seq)),
            at=first.at,
            title=count("%(n)s record taken back", "%(n)s records taken back", n),
            facts=(say("withdrawn %(at)s", at=first.at), *_by(first, names)),
            weight=Weight.KNOW,
        )


def _plan_row(row: AuditEntry, earlier: list[AuditEntry], names: dict[str, str]) -> ActivityRow:
    is_changed = row.action in _CHANGED
    given = [say("given %(at)s", at=it.at) for it in earlier if it.action in _GIVEN]
    name = names.get(row.subject)
    return ActivityRow(
        part=Part.RIGHTS,
        names=("plan_withdrawn", str(row.seq)),
        at=row.at,
        title=say("A subscription or pass in force was moved later or exchanged")
        if is_changed
        else say("A subscription or pass in force was withdrawn"),
        facts=(
            *([plain(name)] if name else []),
            *given,
            say("changed %(at)s", at=row.at) if is_changed else say("withdrawn %(at)s", at=row.at),
            *_by(row, names),
        ),
        weight=Weight.KNOW,
        action=NextAction(SHOW_MEMBER, {"member": row.subject.partition(":")[2]}) if name else None,
    )


def _by(row: AuditEntry, names: dict[str, str]) -> list[ActivityText]:
    return [say("by %(who)s", who=names[row.actor])] if row.actor in names else []


def _entries_of_plans(db: Session, subjects: set[str]) -> dict[str, list[AuditEntry]]:
    """Return the entries that gave or changed each plan of these members, oldest first."""
    found = select(AuditEntry).where(
        AuditEntry.subject.in_(subjects), AuditEntry.action.in_((*_GIVEN, *_CHANGED))
    )
    by_plan = defaultdict[str, list[AuditEntry]](list)
    for row in db.scalars(found.order_by(AuditEntry.seq)) if subjects else ():
        by_plan[_plan_of(row)].append(row)
    return by_plan


def _was_in_force(row: AuditEntry, earlier: list[AuditEntry]) -> bool:
    """Return whether a plan had begun that a withdrawal or a change then took away."""
    new = _detail(row)
    if row.action in _WITHDRAWN:
        return _has_begun(new, row.at)
    if not earlier:
        return False
    old = _detail(earlier[-1])
    is_other = new.get("plan") != old.get("plan")
    return _has_begun(old, row.at) and (is_other or not _has_begun(new, row.at))


def _has_begun(detail: dict[str, Any], at: Utc) -> bool:
    return "starts" in detail and Utc.parse(detail["starts"]) <= at


def _plan_of(row: AuditEntry) -> str:
    detail = _detail(row)
    return str(detail.get("subscription") or detail.get("pass"))


def _detail(row: AuditEntry) -> dict[str, Any]:
    return dict(json.loads(row.detail))
