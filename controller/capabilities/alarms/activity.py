"""Alarms for *Catch up*: new ones, and those that are still active."""

from collections.abc import Iterator, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentRow
from controller.capabilities.alarms import alarms
from controller.capabilities.alarms.alarm_suppression import without_explained
from controller.capabilities.alarms.alarms import Alarm
from controller.capabilities.alarms.models import Alarm as AlarmRow
from controller.capabilities.machines.machine_names import machine_names
from controller.capabilities.members.models import MemberRow
from controller.domain.facts import Name
from controller.domain.locale.catalogue import N_
from controller.domain.locale.states import fault_name
from controller.domain.states import FaultKind
from controller.kernel.activity import (
    ActivityQuery,
    ActivityRow,
    ActivitySource,
    ActivityText,
    NextAction,
    Part,
    Weight,
    count,
    plain,
    quote,
    say,
)
from controller.kernel.capability import AlarmKind
from controller.kernel.names import short_login
from controller.policy.reading import from_json

_SUBJECT = "alarm"
_HANDLED = N_("%(name)s is taking care of it")
TAKE, SETTLE, READ = "alarm.take", "alarm.settle", "alarm.read"
"""The actions that rows suggest: take charge, resolve, or only read."""
GroupKey = tuple[str, str | None, str | None]
"""Kind, access point, agent: alarms that agree in these form one row."""


def _activity_rows(db: Session, query: ActivityQuery) -> Iterator[ActivityRow]:
    kinds: Mapping[str, AlarmKind] = db.info["house"].alarms
    separate_kinds = [kind.kind for kind in kinds.values() if kind.has_catch_up_rows]
    rows = db.scalars(
        select(AlarmRow)
        .where(AlarmRow.site_id == query.site, AlarmRow.kind.not_in(separate_kinds))
        .where((AlarmRow.raised_at >= query.since) | alarms.is_active())
        .order_by(AlarmRow.raised_at.desc(), AlarmRow.id.desc())
        .limit(query.limit)
    ).all()
    alike: dict[GroupKey, list[Alarm]] = {}
    for alarm in without_explained(alarms.shapes(db, list(rows))):
        alike.setdefault((alarm.kind, alarm.access_point, alarm.agent_id), []).append(alarm)
    names = machine_names(
        db, [row.access_point_id for row in rows] + _machines_with_lost_jobs(rows)
    )
    agents = _agents(db, {row.agent_id for row in rows if not row.access_point_id})
    people = _people(db, {alarm.holder_id for group in alike.values() for alarm in group})
    for group in alike.values():
        yield _row(group, kinds, names, agents, people)


def _machines_with_lost_jobs(rows: object) -> list[str | None]:
    machines: list[str | None] = []
    for row in rows:  # type: ignore[attr-defined]
        machines += row.detail.get("jobs_lost", ())
    return machines


def _agents(db: Session, ids: set[str | None]) -> dict[str, Name]:
    if not ids:
        return {}
    rows = db.execute(select(AgentRow.id, AgentRow.name).where(AgentRow.id.in_(ids)))
    return {key: from_json(name, Name) for key, name in rows}


def _people(db: Session, ids: set[str | None]) -> dict[str | None, str]:
    """Return the names of the members whom alarms are about."""
    if not (found := {id_ for id_ in ids if id_}):
        return {}
    rows = db.execute(select(MemberRow.id, MemberRow.display_name).where(MemberRow.id.in_(found)))
    return {row.id: row.display_name for row in rows}


def _row(
    group: list[Alarm],
    kinds: Mapping[str, AlarmKind],
    points: Mapping[str, Name],
    agents: Mapping[str, Name],
    people: Mapping[str | None, str],
) -> ActivityRow:
    """Return one row for alarms of the same kind and place.

    It stands at the time of the newest one. Its text and action are of the oldest active one, if
    possible one without a responsible person, as on Live.
    """
    newest = group[0]
    open_ones = [alarm for alarm in group if alarm.active]
    oldest = open_ones[-1] if open_ones else newest
    first = next((alarm for alarm in reversed(open_ones) if not alarm.taken_by), oldest)
    place = points.get(newest.access_point or "") or agents.get(newest.agent_id or "")
    title = say(_title(newest.kind, kinds))
    return ActivityRow(
        part=Part.FAULTS,
        names=(_SUBJECT, newest.id, newest.raised_at.text()),
        at=newest.raised_at,
        title=say("%(where)s: %(what)s", where=place, what=title) if place else title,
        facts=(
            *_time_texts(first, len(group)),
            *_names(open_ones or group, people),
            *_lost_jobs(newest, points),
            *_responsible(first),
        ),
        weight=_weight(first),
        action=_next_action(first, max(alarm.id for alarm in group)),
    )


def _names(group: list[Alarm], people: Mapping[str | None, str]) -> Iterator[ActivityText]:
    """Yield the members whom the alarms are about."""
    members = dict.fromkeys(alarm.holder_id for alarm in group)
    yield from (plain(people[member]) for member in members if member in people)
    if any(alarms.is_about_gone(alarm) for alarm in group):
        yield say("somebody whose record is gone")


def _title(kind: str, kinds: Mapping[str, AlarmKind]) -> str:
    if kind in tuple(FaultKind):
        return fault_name(FaultKind(kind))
    alarm_kind = kinds.get(kind)
    return alarm_kind.title if alarm_kind else kind.replace("_", " ")


def _time_texts(alarm: Alarm, number: int) -> Iterator[ActivityText]:
    ended_at = alarm.cleared_at or alarm.resolved_at
    if ended_at is None:
        yield say("since %(since)s", since=alarm.raised_at)
    else:
        yield say("%(since)s, ended %(over)s", since=alarm.raised_at, over=ended_at)
    if number > 1:
        yield count("%(n)s time", "%(n)s times", number)


def _lost_jobs(alarm: Alarm, points: Mapping[str, Name]) -> Iterator[ActivityText]:
    """Yield the machines that lost a job in a power cut."""
    for key in alarm.detail.get("jobs_lost", ()):  # type: ignore[attr-defined]
        yield say("job lost: %(machine)s", machine=points.get(key, Name(fr=key)))


def _responsible(alarm: Alarm) -> Iterator[ActivityText]:
    if alarm.resolved_by:
        yield say("resolved by %(name)s", name=short_login(alarm.resolved_by))
    elif alarm.taken_by:
        yield say(_HANDLED, name=short_login(alarm.taken_by))
    elif alarm.active:
        yield say("nobody is taking care of it")
    if alarm.remark:
        yield quote(alarm.remark)


def _weight(alarm: Alarm) -> Weight:
    if not alarm.active:
        return Weight.KNOW
    return Weight.TODO if alarm.taken_by else Weight.BAD


def is_active_alarm(row: ActivityRow) -> bool:
    """Return whether it is the row of an active alarm."""
    return row.names[0] == _SUBJECT and row.weight in (Weight.BAD, Weight.TODO)


def handler_facts(row: ActivityRow) -> list[ActivityText]:
    """Return the row's fact on who takes care of the alarm, if somebody does."""
    return [fact for fact in row.facts if fact.text == _HANDLED]


def _next_action(alarm: Alarm, newest: str) -> NextAction:
    if alarm.active and not alarm.taken_by:
        return NextAction(TAKE, {"alarm": alarm.id})
    if alarm.active and alarm.by_hand:
        return NextAction(SETTLE, {"alarm": alarm.id, "newest": newest})
    return NextAction(READ, {})


RECENT = ActivitySource(read_rows=_activity_rows, actions=frozenset({TAKE, SETTLE, READ}))
