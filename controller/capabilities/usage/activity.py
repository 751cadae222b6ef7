"""For *Catch up*: interrupted jobs, uses at an unknown time, and uses of a badge that no longer
belonged to the member."""

from collections.abc import Iterator
from itertools import chain

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.machines.machine_names import machine_names
from controller.capabilities.usage.models import SessionRow
from controller.domain.facts import Name
from controller.domain.locale.states import cause_name
from controller.domain.states import EndCause
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
from controller.kernel.journal import SKEW_MS
from controller.kernel.names import members_of
from controller.store.packed_event import first_id

MEMBER, MACHINE, CONFIRM = "lost.member", "lost.machine", "doubt.confirm"
"""Codes of a row's actions: open the member, open the machine, or confirm the user."""
_CUT = tuple(
    cause.value
    for cause in (
        EndCause.FAULT,
        EndCause.INTERLOCK,
        EndCause.SWITCH_FAILED,
        EndCause.AGENT_RESTARTED,
    )
)
_LONGEST_MS = 2 * 86_400_000
"""How long before `since` a considered session may have begun, in milliseconds."""


def _all_rows(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    return chain(
        _activity_rows(db, query), _doubtful_uses(db, query), _uses_without_time(db, query)
    )


def _doubtful_uses(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    """Yield all uses of a badge that no longer belonged to the member, until somebody decides."""
    rows = db.scalars(
        select(SessionRow)
        .where(SessionRow.is_doubtful.is_(True), SessionRow.site_id == query.site)
        .where(SessionRow.member_ref.is_not(None))
        .order_by(SessionRow.id.desc())
        .limit(query.limit)
    ).all()
    names = machine_names(db, [row.access_point_id for row in rows])
    people = members_of(db, [row.member_ref for row in rows])
    for row in rows:
        machine = names.get(row.access_point_id, Name(fr=row.access_point_id))
        _member, name = people.get(row.member_ref or "", (None, ""))
        at = row.started_at or query.now
        yield ActivityRow(
            part=Part.BADGES,
            names=("doubt", row.id),
            at=at,
            title=say(
                "%(where)s: use with a badge that was returned, lost or given away", where=machine
            ),
            facts=(
                say("%(name)s had this badge before", name=name),
                say("began %(at)s, not charged", at=at),
            ),
            weight=Weight.TODO,
            action=NextAction(CONFIRM, {"session": row.id}),
        )


def _uses_without_time(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    """Yield the uses whose time is an estimate, as of when they were reported (decision 0334)."""
    rows = db.scalars(
        select(SessionRow)
        .where(SessionRow.site_id == query.site, SessionRow.member_ref.is_not(None))
        .where(SessionRow.latest_start >= query.since)
        .order_by(SessionRow.latest_start.desc())
        .limit(query.limit)
    ).all()
    names = machine_names(db, [row.access_point_id for row in rows])
    people = members_of(db, [row.member_ref for row in rows])
    for row in rows:
        machine = names.get(row.access_point_id, Name(fr=row.access_point_id))
        member, name = people.get(row.member_ref or "", (None, ""))
        to = NextAction(MEMBER, {"member": member}) if member else None
        span = {"first": row.started_at or query.since, "last": row.latest_start or query.now}
        yield ActivityRow(
            part=Part.FAULTS,
            names=("no_time", row.id),
            at=row.latest_start or query.now,
            title=say("%(where)s: use at an unknown time, the box had no clock", where=machine),
            facts=(
                *([plain(name)] if name else []),
                say("on for %(n)s min", n=round(row.powered_s / 60)),
                say("began between %(first)s and %(last)s", **span),
            ),
            weight=Weight.KNOW,
            action=to or NextAction(MACHINE, {"point": row.access_point_id}),
        )


def _activity_rows(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    table = SessionRow
    rows = db.scalars(
        select(table)
        .where(table.site_id == query.site, table.cause.in_(_CUT), table.active_s > 0)
        .where(table.id >= first_id(query.since.millis() - _LONGEST_MS - SKEW_MS))
        .where(table.ended_at >= query.since)
        .order_by(table.id.desc())
        .limit(query.limit)
    ).all()
    names = machine_names(db, [row.access_point_id for row in rows])
    people = members_of(db, [row.member_ref for row in rows])
    for row in rows:
        yield _row(row, names, people.get(row.member_ref or "", (None, "")))


def _row(row: SessionRow, names: dict[str, Name], user: tuple[str | None, str]) -> ActivityRow:
    member, name = user
    machine = names.get(row.access_point_id, Name(fr=row.access_point_id))
    facts = [plain(name)] if name else []
    facts.append(say("after %(n)s min of work", n=round(row.active_s / 60)))
    facts.append(say(cause_name(EndCause(row.cause or ""))))
    to = NextAction(MEMBER, {"member": member}) if member else None
    return ActivityRow(
        part=Part.FAULTS,
        names=("lost", row.id),
        at=row.ended_at or row.started_at,  # type: ignore[arg-type]
        title=say("%(where)s: job interrupted %(at)s", where=machine, at=row.ended_at or "?"),
        facts=tuple(facts),
        weight=Weight.TODO,
        action=to or NextAction(MACHINE, {"point": row.access_point_id}),
    )


RECENT = ActivitySource(read_rows=_all_rows, actions=frozenset({MEMBER, MACHINE, CONFIRM}))
