"""Six weeks of the place before the demo began, as its agents would have told them: the same each
time but for the dates. What is left of the year before is in `year`."""

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
from controller.cli.demo.busy import warn_early
from controller.cli.demo.care import add_boxes, add_care
from controller.cli.demo.courses import add_courses
from controller.cli.demo.figures import add_figures, add_funders
from controller.cli.demo.floor import draw_floor
from controller.cli.demo.follow import add_recent_events, read_at, read_audit
from controller.cli.demo.money import add_money
from controller.cli.demo.others import add_others
from controller.cli.demo.past_journal import Journal, new_id, store
from controller.cli.demo.people import PEOPLE, Person
from controller.cli.demo.place import AGENTS, POINTS, WiredPoint
from controller.cli.demo.prints import add_prints
from controller.cli.demo.public_data import add_published
from controller.cli.demo.safety import add_register
from controller.cli.demo.seed import OrderedAuditDatabase
from controller.cli.demo.self_service import add_self_service
from controller.cli.demo.who_signs_in import add_accounts
from controller.cli.demo.year import add_year
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
"""Length of the history in days, and the number of last days on which an emergency stop is
certain."""
_SEED = 20260112
_ZONE = ZoneInfo("Europe/Paris")
_SUNDAY = 6
_DOORS = {"atelier": "porte-principale", "coworking": "porte-coworking"}
_AGENT_OF = {str(wired.point.id): wired.point.agent or "" for wired in POINTS}
_MACHINES = tuple(wired for wired in POINTS if wired.point.kind is PointKind.MACHINE)
PastEvent = tuple[Utc, str, type[EventBase], dict[str, Any]]
"""Time, access point, type and fields of an event."""


@dataclass(frozen=True, slots=True)
class _Somebody:
    """A member with the keys that readers know."""

    person: Person
    member: MemberRef
    key: HolderKey

    @property
    def fields(self) -> dict[str, Any]:
        """Return the fields of a tap."""
        return {"member": self.member, "credential": self.key, "assurance": Assurance.UID}


def add_history(settings: Settings, held: list[Any]) -> None:
    """Add the history to a new place.

    `held` has the audit entries to be recorded in order with those of the history.
    """
    engine = open_database(settings.database.url)
    try:
        database, now = OrderedAuditDatabase(engine, held, vault_of(settings)), wall_clock()
        add_funders(database, now)
        add_past(database, now)
        add_register(database, now)
        add_others(database, sealer(read_secret(settings.web.secret)), now)
        add_care(database, now)
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
    database.recall(until=read_at(now))
    read_audit(database, now)
    database.recall()


def reopen(settings: Settings) -> None:
    """It is open at this visit too."""
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
    began = _at(now, -days, 0.0)
    journals = {agent: Journal.of(agent, began, dice) for agent in AGENTS}
    with database.read() as db:
        people = _everybody(db)
    for ago in range(days, -1, -1):
        until = min(_at(now, -ago, 24.0), now)
        told = _until(until, _day(_at(now, -ago, 0.0), people, dice, ago))
        for some in _as_it_came(told) if ago == 0 else [told]:
            for at, point, kind, fields in some:
                journals[_AGENT_OF[point]].tell(new_id(dice, at.millis()), at, point, kind, fields)
            store(database, journals.values(), some[-1][0] if ago == 0 else until)
    return sum(journal.seq for journal in journals.values())


def _as_it_came(told: list[PastEvent]) -> Iterator[list[PastEvent]]:
    """Yield the events minute by minute, so that who is in now is known as in live operation."""
    for _minute, some in groupby(told, key=lambda event: event[0].millis() // 60_000):
        yield list(some)


def _until(until: Utc, day: Iterable[PastEvent]) -> list[PastEvent]:
    """Return the events until then, without sessions that had not ended: no agent knows of
    those."""
    told = sorted(day, key=lambda event: event[0])
    still = {
        fields["session_id"] for at, _, kind, fields in told if at >= until and kind is SessionEnded
    }
    return [event for event in told if event[0] < until and event[3].get("session_id") not in still]


def _everybody(db: Session) -> list[_Somebody]:
    found = db.execute(
        select(MemberRow.display_name, MemberRow.ref, CredentialRow.holder_key).join(
            CredentialRow, CredentialRow.member_id == MemberRow.id
        )
    )
    known = {name: (MemberRef(ref), HolderKey(key)) for name, ref, key in found}
    return [_Somebody(person, *known[person.name]) for person in PEOPLE if person.name in known]


def _day(midnight: Utc, people: list[_Somebody], dice: Random, ago: int) -> Iterator[PastEvent]:
    """Yield the events of one day, `ago` days ago: visits, use of machines, and problems.

    Nobody comes on Sundays, except today. On the last two days before today something goes wrong,
    for *Catch up* to show.
    """
    day, is_today = datetime.fromtimestamp(midnight.millis() / 1000, _ZONE).date(), ago == 0
    if day.weekday() == _SUNDAY and not is_today:
        return
    free: dict[str, float] = {str(wired.point.id): 9.0 for wired in _MACHINES}
    for who in people:
        if dice.random() < _probability(who.person, day, is_today=is_today):
            yield from _visit(midnight, who, free, dice)
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
    midnight: Utc, who: _Somebody, free: dict[str, float], dice: Random
) -> Iterator[PastEvent]:
    """A visit: entry, use of machines, exit."""
    at = _hours_after(midnight)
    coworking = who.person.plan == "coworking"
    zone = "coworking" if coworking else "atelier"
    comes = dice.uniform(8.2, 10.5) if coworking else dice.uniform(9.0, 17.0)
    goes = min(19.8, comes + (dice.uniform(3, 8.5) if coworking else dice.uniform(1.0, 4.0)))
    door = _DOORS[zone]
    yield from _through(at(comes), door, who, dice, zone=zone)
    if not coworking:
        yield from _work(at, who, comes + 0.1, goes - 0.1, free, dice)
    yield from _through(at(goes), door, who, dice, from_zone=zone)


def _through(at: Utc, door: str, who: _Somebody, dice: Random, **zones: str) -> Iterator[PastEvent]:
    yield at, door, AccessGranted, who.fields
    yield (
        _later(at, 0.1),
        door,
        DoorReleased,
        {"member": who.member, "cause": "grant", "pulse_s": 5.0},
    )
    opened = {"member": who.member, "cause": "grant", **zones}
    yield _later(at, 1.5), door, DoorOpened, opened
    yield _later(at, 4.5), door, DoorClosed, {"open_s": round(dice.uniform(2, 4), 1)}


def _work(
    at: Callable[[float], Utc],
    who: _Somebody,
    comes: float,
    goes: float,
    free: dict[str, float],
    dice: Random,
) -> Iterator[PastEvent]:
    """Use of the member's machines one after another, with an occasional denied tap at another."""
    held = {*who.person.certifications, *who.person.trainer_of}
    hour = comes
    if dice.random() < 0.08:
        wanted = dice.choice(_MACHINES)
        if missing := _missing_groups(wanted, held):
            detail = Detail(certifications=missing)
            reason = DenyReason.CERTIFICATION_MISSING
            told = {**who.fields, "reason": reason, "detail": detail}
            yield at(hour), str(wanted.point.id), AccessDenied, told
    mine = [wired for wired in _MACHINES if not _missing_groups(wired, held)]
    while mine and hour < goes - 0.3 and dice.random() < 0.85:
        point = str(dice.choice(mine).point.id)
        start = max(hour, free[point]) + dice.uniform(0.05, 0.3)
        end = min(goes, start + dice.uniform(0.2, 2.2))
        if end - start < 0.1:
            break
        yield from _session(at, point, who, start, end, dice)
        free[point] = hour = end


def _missing_groups(wired: WiredPoint, held: set[str]) -> tuple[tuple[str, ...], ...]:
    groups = wired.point.requirement.certifications
    return tuple(group for group in groups if not {*group} & {*held, "reglement"})


def _session(
    at: Callable[[float], Utc], point: str, who: _Somebody, start: float, end: float, dice: Random
) -> Iterator[PastEvent]:
    """A machine session that works for most of its time."""
    begun, ended = at(start), at(end)
    session = new_id(dice, begun.millis())
    lasted = (ended.millis() - begun.millis()) / 1000
    active = round(lasted * dice.uniform(0.5, 0.9), 1)
    idle = round(lasted - active, 1)
    yield begun, point, AccessGranted, who.fields
    started = {"session_id": session, "member": who.member, "credential": who.key}
    yield _later(begun, 0.05), point, SessionStarted, started
    running = {"session_id": session, "state": State.RUNNING}
    yield _later(begun, lasted * 0.1), point, SessionState, running
    counts = {"active_s": active, "idle_s": idle, "powered_s": round(active + idle, 1)}
    over = {"session_id": session, "cause": "badge_out", "member": who.member}
    yield ended, point, SessionEnded, {**over, **counts}


def _emergency_stop(midnight: Utc, people: list[_Somebody], dice: Random) -> Iterator[PastEvent]:
    """Yield an emergency stop at a machine, and its reset by a maintainer, who alone may reset
    it."""
    at, hour = _hours_after(midnight), dice.uniform(10, 18)
    point = str(dice.choice([machine for machine in _MACHINES if machine.estop_pin]).point.id)
    maintainer = next(person for person in people if person.person.maintains)
    yield at(hour), point, FaultRaised, {"fault": "estop", "latched": True, "input": "estop"}
    reset = {"fault": "estop", "input": "estop", "member": maintainer.member}
    yield at(hour + dice.uniform(0.05, 0.4)), point, FaultReset, reset


def _hours_after(midnight: Utc) -> Callable[[float], Utc]:
    return lambda hours: _later(midnight, hours * 3600)


def _later(at: Utc, seconds: float) -> Utc:
    return Utc.of(at + timedelta(milliseconds=round(seconds * 1000)))


def _at(now: Utc, days: int, hours: float) -> Utc:
    """Return the time so many hours after midnight, `days` days from now, at the place."""
    local = datetime.fromtimestamp(now.millis() / 1000, _ZONE).date() + timedelta(days=days)
    midnight = datetime(local.year, local.month, local.day, tzinfo=_ZONE)
    return _later(Utc.of(midnight), hours * 3600)
