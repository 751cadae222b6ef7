"""For *Catch up*: interrupted jobs, uses at an unknown time, and uses of a badge that no longer
belonged to the member."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from sqlalchemy import Select, select
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
    ActivityText,
    NextAction,
    Part,
    Weight,
    plain,
    say,
)
from controller.kernel.journal import SKEW_MS
from controller.kernel.names import members_of
from controller.store.packed_event import first_id

OFFER, MEMBER, MACHINE, CONFIRM = "lost.member", "use.member", "lost.machine", "doubt.confirm"
"""Codes of a row's actions: offer the member another slot, open the member, open the machine, or
confirm the user."""
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


@dataclass(frozen=True, slots=True)
class _Use:
    row: SessionRow
    machine: Name
    member: str | None
    """The member's id; None: erased."""
    person: str
    """The member's name; empty: erased."""

    def person_facts(self) -> list[ActivityText]:
        return [plain(self.person)] if self.person else []

    def action(self, code: str) -> NextAction:
        """Return the action with the member, or opening the machine if there is none."""
        if self.member:
            return NextAction(code, {"member": self.member})
        return NextAction(MACHINE, {"point": self.row.access_point_id})


def _all_rows(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    return chain(
        _interrupted_jobs(db, query), _doubtful_uses(db, query), _uses_without_time(db, query)
    )


def _read_uses(db: Session, query: ActivityQuery, statement: Select[SessionRow]) -> Iterator[_Use]:
    of_site = statement.where(SessionRow.site_id == query.site)
    rows = db.scalars(of_site.limit(query.limit)).all()
    names = machine_names(db, [row.access_point_id for row in rows])
    people = members_of(db, [row.member_ref for row in rows])
    for row in rows:
        machine = names.get(row.access_point_id, Name(fr=row.access_point_id))
        yield _Use(row, machine, *people.get(row.member_ref or "", (None, "")))


def _doubtful_uses(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    """Yield all uses of a badge of nobody, and those of a badge that no longer belonged to the
    member, until somebody decides."""
    doubtful = (
        select(SessionRow).where(SessionRow.is_doubtful.is_(True)).order_by(SessionRow.id.desc())
    )
    for use in _read_uses(db, query, doubtful):
        at = use.row.started_at or query.now
        if use.row.member_ref is None:
            yield ActivityRow(
                part=Part.BADGES,
                names=("doubt", use.row.id),
                at=at,
                title=say("%(where)s: use with a badge of nobody", where=use.machine),
                facts=(
                    say("on for %(n)s min", n=round(use.row.powered_s / 60)),
                    say("reported %(at)s, not charged", at=at),
                ),
                weight=Weight.TODO,
                action=use.action(MACHINE),
            )
            continue
        yield ActivityRow(
            part=Part.BADGES,
            names=("doubt", use.row.id),
            at=at,
            title=say(
                "%(where)s: use with a badge that was returned, lost or given away",
                where=use.machine,
            ),
            facts=(
                say("%(name)s had this badge before", name=use.person),
                say("began %(at)s, not charged", at=at),
            ),
            weight=Weight.TODO,
            action=NextAction(CONFIRM, {"session": use.row.id}),
        )


def _uses_without_time(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    """Yield the uses whose time is an estimate, as of when they were reported (decision 0334)."""
    without_time = (
        select(SessionRow)
        .where(SessionRow.latest_start >= query.since, SessionRow.member_ref.is_not(None))
        .order_by(SessionRow.latest_start.desc())
    )
    for use in _read_uses(db, query, without_time):
        first, last = use.row.started_at or query.since, use.row.latest_start or query.now
        yield ActivityRow(
            part=Part.FAULTS,
            names=("no_time", use.row.id),
            at=last,
            title=say("%(where)s: use at an unknown time, the box had no clock", where=use.machine),
            facts=(
                *use.person_facts(),
                say("on for %(n)s min", n=round(use.row.powered_s / 60)),
                say("began between %(first)s and %(last)s", first=first, last=last),
            ),
            weight=Weight.KNOW,
            action=use.action(MEMBER),
        )


def _interrupted_jobs(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    interrupted = (
        select(SessionRow)
        .where(SessionRow.cause.in_(_CUT), SessionRow.active_s > 0)
        .where(SessionRow.id >= first_id(query.since.millis() - _LONGEST_MS - SKEW_MS))
        .where(SessionRow.ended_at >= query.since)
        .order_by(SessionRow.id.desc())
    )
    for use in _read_uses(db, query, interrupted):
        ended = use.row.ended_at or query.now
        yield ActivityRow(
            part=Part.FAULTS,
            names=("lost", use.row.id),
            at=ended,
            title=say("%(where)s: job interrupted %(at)s", where=use.machine, at=ended),
            facts=(
                *use.person_facts(),
                say("after %(n)s min of work", n=round(use.row.active_s / 60)),
                say(cause_name(EndCause(use.row.cause or ""))),
            ),
            weight=Weight.TODO,
            action=use.action(OFFER),
        )


RECENT = ActivitySource(read_rows=_all_rows, actions=frozenset({OFFER, MEMBER, MACHINE, CONFIRM}))
