"""Six weeks of history before the demo's start, as events of its agents; each time the same, except
for the dates. Totals of the year before are in `year_totals`."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.assembly import HOUSE
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.members.models import MemberRow
from controller.cli.demo.bookings import add_bookings, open_around
from controller.cli.demo.courses import IN_COURSE, add_courses
from controller.cli.demo.figures import add_figures, add_funders
from controller.cli.demo.floor import draw_floor
from controller.cli.demo.history_journal import Journal, new_id, store
from controller.cli.demo.maintenance import add_boxes, add_maintenance
from controller.cli.demo.money import add_money
from controller.cli.demo.other_systems import add_others
from controller.cli.demo.people import PEOPLE, Person
from controller.cli.demo.place import AGENTS, POINTS, WiredPoint
from controller.cli.demo.prints import add_prints
from controller.cli.demo.public_data import add_published
from controller.cli.demo.recent_events import (
    add_recent_events,
    audit_check_time,
    record_audit_check,
)
from controller.cli.demo.safety import add_register
from controller.cli.demo.scene import warn_early
from controller.cli.demo.seed import OrderedAuditDatabase
from controller.cli.demo.self_service import add_self_service
from controller.cli.demo.sign_ins import add_accounts
from controller.cli.demo.year_totals import add_year
from controller.cli.numbers import vault_of
from controller.domain.access.decision import DenyReason, Detail
from controller.domain.facts import Assurance, PointKind
from controller.domain.ids import HolderKey, MemberRef
from controller.domain.time import Utc
from controller.integrations.webhooks.sender import sealer
from controller.kernel.database import Database, wall_clock
from controller.settings import Settings
from controller.settings.reading import read_secret
from controller.store.engine import open_database
from controller.wire.events import (
    AccessDenied,
    AccessGranted,
    DoorClosed,
    DoorOpened,
    DoorReleased,
    EventBase,
    FaultRaised,
    FaultReset,
    SessionEnded,
    SessionStarted,
    SessionState,
)
from controller.wire.messages import State

DAYS, LATELY = 42, 2
"""Days of history, and the last days that certainly have an emergency stop."""
_SEED = 20260112
_ZONE = ZoneInfo("Europe/Paris")
_SUNDAY = 6
_DOORS = {"atelier": "porte-principale", "coworking": "porte-coworking"}
_AGENT_OF = {str(wired.point.id): wired.point.agent or "" for wired in POINTS}
_MACHINES = tuple(wired for wired in POINTS if wired.point.kind is PointKind.MACHINE)
PastEvent = tuple[Utc, str, type[EventBase], dict[str, Any]]
"""Time, access point, type and fields of an event."""


@dataclass(frozen=True, slots=True)
class _Visitor:
    """A member with the keys that readers know."""

    person: Person
    member: MemberRef
    key: HolderKey

    @property
    def fields(self) -> dict[str, Any]:
        """Return the fields of a tap."""
        return {"member": self.member, "credential": self.key, "assurance": Assurance.UID}


def add_history(settings: Settings, audit_entries: list[Any]) -> None:
    """Add the history to a new place.

    `audit_entries` are written together with those of the history, ordered by time.
    """
    engine = open_database(settings.database.url)
    try:
        database, now = (
            OrderedAuditDatabase(engine, audit_entries, vault_of(settings)),
            wall_clock(),
        )
        add_funders(database, now)
        add_past(database, now)
        add_register(database, now)
        add_others(database, sealer(read_secret(settings.web.secret)), now)
        add_maintenance(database, now)
        add_prints(database, now)
        add_courses(database, now)
        add_money(database, now)
        add_accounts(database, now)
        add_recent_events(database, settings, now)
        add_bookings(database, now)
        add_year(database, now, DAYS)
        add_published(database, settings, now)
        add_self_service(database, now)
        add_figures(database, now)
        warn_early(database, now)
        draw_floor(database, now)
        write_audit(database, now)
    finally:
        engine.dispose()


def write_audit(database: OrderedAuditDatabase, now: Utc) -> None:
    """Write the audit entries in order; those up to some hours ago are verified as of then."""
    database.recall(until=audit_check_time(now))
    record_audit_check(database, now)
    database.recall()


def reopen(settings: Settings) -> None:
    """Extend the opening hours around the current time."""
    engine = open_database(settings.database.url)
    try:
        open_around(Database(engine, house=HOUSE), wall_clock())
    finally:
        engine.dispose()


def add_box_history(settings: Settings) -> None:
    """Add the history of the boxes, once they have connected."""
    engine = open_database(settings.database.url)
    try:
        add_boxes(Database(engine, house=HOUSE), wall_clock())
    finally:
        engine.dispose()


def add_past(database: Database, now: Utc, days: int = DAYS) -> int:
    """Store the events of the last days, and of today until now; returns their number."""
    dice = Random(_SEED)  # noqa: S311  the same past each time
    began = _local_time(now, -days, 0.0)
    journals = {agent: Journal.of(agent, began, dice) for agent in AGENTS}
    with database.read() as db:
        people = _visitors(db)
    for ago in range(days, -1, -1):
        until = min(_local_time(now, -ago, 24.0), now)
        events = _events_until(until, _day(_local_time(now, -ago, 0.0), people, dice, ago))
        for batch in _minutes(events) if ago == 0 else [events]:
            for at, point, kind, fields in batch:
                journals[_AGENT_OF[point]].add(new_id(dice, at.millis()), at, point, kind, fields)
            store(database, journals.values(), batch[-1][0] if ago == 0 else until)
    return sum(journal.seq for journal in journals.values())


def _minutes(events: list[PastEvent]) -> Iterator[list[PastEvent]]:
    """Yield the events minute by minute, so that presences are computed as in live operation."""
    for _minute, minute in groupby(events, key=lambda event: event[0].millis() // 60_000):
        yield list(minute)


def _events_until(until: Utc, day: Iterable[PastEvent]) -> list[PastEvent]:
    """Return the events before `until`, without the sessions that were still open."""
    events = sorted(day, key=lambda event: event[0])
    unfinished = {
        fields["session_id"]
        for at, _, kind, fields in events
        if at >= until and kind is SessionEnded
    }
    return [
        event
        for event in events
        if event[0] < until and event[3].get("session_id") not in unfinished
    ]


def _visitors(db: Session) -> list[_Visitor]:
    rows = db.execute(
        select(MemberRow.display_name, MemberRow.ref, CredentialRow.holder_key).join(
            CredentialRow, CredentialRow.member_id == MemberRow.id
        )
    )
    keys = {name: (MemberRef(ref), HolderKey(key)) for name, ref, key in rows}
    return [_Visitor(person, *keys[person.name]) for person in PEOPLE if person.name in keys]


def _day(midnight: Utc, people: list[_Visitor], dice: Random, ago: int) -> Iterator[PastEvent]:
    """Yield the events of one day, `ago` days ago: visits, use of machines, and problems.

    Nobody comes on Sundays, except today. The last two days before today have an emergency stop,
    which *Catch up* shows.
    """
    day, is_today = datetime.fromtimestamp(midnight.millis() / 1000, _ZONE).date(), ago == 0
    if day.weekday() == _SUNDAY and not is_today:
        return
    free_from_h: dict[str, float] = {str(wired.point.id): 9.0 for wired in _MACHINES}
    for visitor in people:
        if is_today and visitor.person.name in IN_COURSE:
            continue
        if dice.random() < _probability(visitor.person, day, is_today=is_today):
            visit = list(_visit(midnight, visitor, free_from_h, dice))
            if visitor.person.plan is not None:  # others are not let in
                yield from visit
    if dice.random() < (1 if 0 < ago <= LATELY else 1 / 9):
        yield from _emergency_stop(midnight, people, dice)


def _probability(person: Person, day: date, *, is_today: bool) -> float:
    """Return the probability that the member comes on that day; it is higher today."""
    if is_today and person.plan is not None:
        return 0.6
    saturday = day.weekday() == _SUNDAY - 1
    if person.plan == "coworking":
        return 0.05 if saturday else 0.5
    if person.plan is None:
        return 0.02
    return 0.35 if saturday else 0.22


def _visit(
    midnight: Utc, visitor: _Visitor, free_from_h: dict[str, float], dice: Random
) -> Iterator[PastEvent]:
    """Yield the events of a visit: entry, use of machines, exit."""
    at = _hours_after(midnight)
    coworking = visitor.person.plan == "coworking"
    zone = "coworking" if coworking else "atelier"
    from_h = dice.uniform(8.2, 10.5) if coworking else dice.uniform(9.0, 17.0)
    until_h = min(19.8, from_h + (dice.uniform(3, 8.5) if coworking else dice.uniform(1.0, 4.0)))
    door = _DOORS[zone]
    yield from _pass_door(at(from_h), door, visitor, dice, zone=zone)
    if not coworking:
        yield from _use_machines(at, visitor, from_h + 0.1, until_h - 0.1, free_from_h, dice)
    yield from _pass_door(at(until_h), door, visitor, dice, from_zone=zone)


def _pass_door(
    at: Utc, door: str, visitor: _Visitor, dice: Random, **zones: str
) -> Iterator[PastEvent]:
    yield at, door, AccessGranted, visitor.fields
    yield (
        _add_seconds(at, 0.1),
        door,
        DoorReleased,
        {"member": visitor.member, "cause": "grant", "pulse_s": 5.0},
    )
    opening = {"member": visitor.member, "cause": "grant", **zones}
    yield _add_seconds(at, 1.5), door, DoorOpened, opening
    yield _add_seconds(at, 4.5), door, DoorClosed, {"open_s": round(dice.uniform(2, 4), 1)}


def _use_machines(
    at: Callable[[float], Utc],
    visitor: _Visitor,
    from_h: float,
    until_h: float,
    free_from_h: dict[str, float],
    dice: Random,
) -> Iterator[PastEvent]:
    """Yield uses of machines that the member may use, and sometimes a denied tap at another."""
    certifications = {*visitor.person.certifications, *visitor.person.trainer_of}
    hour = from_h
    if dice.random() < 0.08:
        machine = dice.choice(_MACHINES)
        if missing := _missing_groups(machine, certifications):
            detail = Detail(certifications=missing)
            reason = DenyReason.CERTIFICATION_MISSING
            fields = {**visitor.fields, "reason": reason, "detail": detail}
            yield at(hour), str(machine.point.id), AccessDenied, fields
    usable = [wired for wired in _MACHINES if not _missing_groups(wired, certifications)]
    while usable and hour < until_h - 0.3 and dice.random() < 0.85:
        point = str(dice.choice(usable).point.id)
        start = max(hour, free_from_h[point]) + dice.uniform(0.05, 0.3)
        end = min(until_h, start + dice.uniform(0.2, 2.2))
        if end - start < 0.1:
            break
        yield from _session(at, point, visitor, start, end, dice)
        free_from_h[point] = hour = end


def _missing_groups(wired: WiredPoint, certifications: set[str]) -> tuple[tuple[str, ...], ...]:
    groups = wired.point.requirement.certifications
    return tuple(group for group in groups if not {*group} & {*certifications, "reglement"})


def _session(
    at: Callable[[float], Utc],
    point: str,
    visitor: _Visitor,
    start: float,
    end: float,
    dice: Random,
) -> Iterator[PastEvent]:
    """Yield the events of a machine session that is active for at least half of its time."""
    started_at, ended_at = at(start), at(end)
    session = new_id(dice, started_at.millis())
    duration_s = (ended_at.millis() - started_at.millis()) / 1000
    active = round(duration_s * dice.uniform(0.5, 0.9), 1)
    idle = round(duration_s - active, 1)
    yield started_at, point, AccessGranted, visitor.fields
    started = {"session_id": session, "member": visitor.member, "credential": visitor.key}
    yield _add_seconds(started_at, 0.05), point, SessionStarted, started
    running = {"session_id": session, "state": State.RUNNING}
    yield _add_seconds(started_at, duration_s * 0.1), point, SessionState, running
    counts = {"active_s": active, "idle_s": idle, "powered_s": round(active + idle, 1)}
    end_fields = {"session_id": session, "cause": "badge_out", "member": visitor.member}
    yield ended_at, point, SessionEnded, {**end_fields, **counts}


def _emergency_stop(midnight: Utc, people: list[_Visitor], dice: Random) -> Iterator[PastEvent]:
    """Yield an emergency stop at a machine, and its reset by a maintainer."""
    at, hour = _hours_after(midnight), dice.uniform(10, 18)
    point = str(dice.choice([machine for machine in _MACHINES if machine.estop_pin]).point.id)
    maintainer = next(person for person in people if person.person.maintains)
    yield at(hour), point, FaultRaised, {"fault": "estop", "latched": True, "input": "estop"}
    reset = {"fault": "estop", "input": "estop", "member": maintainer.member}
    yield at(hour + dice.uniform(0.05, 0.4)), point, FaultReset, reset


def _hours_after(midnight: Utc) -> Callable[[float], Utc]:
    return lambda hours: _add_seconds(midnight, hours * 3600)


def _add_seconds(at: Utc, seconds: float) -> Utc:
    return Utc.of(at + timedelta(milliseconds=round(seconds * 1000)))


def _local_time(now: Utc, days: int, hours: float) -> Utc:
    """Return the time `hours` after local midnight of the day `days` days from now."""
    local = datetime.fromtimestamp(now.millis() / 1000, _ZONE).date() + timedelta(days=days)
    midnight = datetime(local.year, local.month, local.day, tzinfo=_ZONE)
    return _add_seconds(Utc.of(midnight), hours * 3600)
