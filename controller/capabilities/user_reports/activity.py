"""User reports for *Catch up*: new ones, and those that are not settled."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.machines.machine_names import machine_names
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.user_reports.models import WISHES, ToldKind, ToldState, UserReport
from controller.domain.facts import Name
from controller.kernel.activity import (
    ActivityQuery,
    ActivityRow,
    ActivitySource,
    ActivityText,
    NextAction,
    Part,
    Weight,
    moment,
    plain,
    quote,
    say,
)
from controller.kernel.names import names_of, short_login
from controller.policy.reading import from_json

TAKE, AT_MACHINE = "user_reports.take", "user_reports.at_machine"
IN_NEEDS, READ = "user_reports.in_needs", "user_reports.read"
"""Codes of a row's actions: take the report, open the machine, sort the need, read the reports."""


def _activity_rows(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    rows = db.scalars(
        select(UserReport)
        .where(UserReport.site_id == query.site, UserReport.discarded.is_(None))
        .where((UserReport.created_at >= query.since) | (UserReport.state != ToldState.DONE))
        .order_by(UserReport.created_at.desc(), UserReport.id.desc())
        .limit(query.limit)
    ).all()
    place_names = machine_names(db, [row.access_point_id for row in rows])
    if rooms := {row.zone_id for row in rows if row.zone_id}:
        zones = select(ZoneRow.id, ZoneRow.name).where(ZoneRow.id.in_(rooms))
        place_names |= {key: from_json(name, Name) for key, name in db.execute(zones)}
    names = names_of(db, [ref for row in rows for ref in _people_refs(row)])
    for row in rows:
        yield _row(row, place_names, names)


def _people_refs(row: UserReport) -> list[str]:
    reporter = [f"member:{row.member_id}"] if row.member_id else []
    return [*reporter, *filter(None, (row.taken_by, row.done_by))]


def _row(row: UserReport, place_names: dict[str, Name], names: dict[str, str]) -> ActivityRow:
    place_name = place_names.get(row.access_point_id or row.zone_id or "")
    quoted_text = quote(row.text) if row.text else _kind(row)
    waits = row.state is ToldState.NEW
    bad = waits and row.dangerous
    return ActivityRow(
        part=Part.USER_REPORTS,
        names=("told", row.id),
        at=row.created_at,
        title=say("%(where)s: %(what)s", where=place_name, what=quoted_text)
        if place_name
        else quoted_text,
        facts=tuple(_facts(row, names)),
        weight=Weight.BAD if bad else Weight.TODO if row.state != ToldState.DONE else Weight.KNOW,
        action=_next_action(row),
    )


def _kind(row: UserReport) -> ActivityText:
    match row.kind:
        case ToldKind.NEED:
            return say("a need")
        case ToldKind.IDEA:
            return say("an idea")
        case ToldKind.UPKEEP:
            return say("something about the machine")
        case ToldKind.FAULT:
            return say("a fault")


def _facts(row: UserReport, names: dict[str, str]) -> Iterator[ActivityText]:
    yield moment(row.created_at)
    reporter = names.get(f"member:{row.member_id}")
    yield plain(reporter) if reporter else say("without an account")
    if row.dangerous:
        yield say("reported as dangerous")
    if row.done_by:
        yield say("resolved by %(name)s", name=short_login(names.get(row.done_by, row.done_by)))
    elif row.taken_by:
        yield say(
            "%(name)s is taking care of it", name=short_login(names.get(row.taken_by, row.taken_by))
        )


def _next_action(row: UserReport) -> NextAction:
    if row.state is ToldState.NEW:
        return NextAction(TAKE, {"report": row.id})
    if row.access_point_id:
        return NextAction(AT_MACHINE, {"point": row.access_point_id})
    return NextAction(IN_NEEDS if row.kind in WISHES else READ)


RECENT = ActivitySource(
    read_rows=_activity_rows, actions=frozenset({TAKE, AT_MACHINE, IN_NEEDS, READ})
)
