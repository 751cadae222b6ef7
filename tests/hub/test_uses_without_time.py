"""A box without a clock is started again before it has the time: what was used is charged all the
same, once."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from controller.capabilities.agents.models import AgentRow
from controller.capabilities.badges import credentials
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.billing import points, statements, tariffs
from controller.capabilities.billing.book_updates import catch_up
from controller.capabilities.billing.models import ChargeRow
from controller.capabilities.billing.rates import MachineRate
from controller.capabilities.billing.review_points import ReviewReason
from controller.capabilities.billing.shapes import NewTariff
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.plans import passes, plans
from controller.capabilities.plans.activity import RECENT as PASSES
from controller.capabilities.plans.shapes import NewPass, NewPlan
from controller.capabilities.print_jobs import print_jobs
from controller.capabilities.print_jobs.shapes import NewPrintJob
from controller.capabilities.usage import missing_ends
from controller.capabilities.usage.activity import RECENT
from controller.capabilities.usage.models import SessionRow
from controller.domain.time import Utc
from controller.hub.rebuild import rebuild
from controller.kernel.activity import ActivityQuery
from controller.kernel.actor import Actor, Role
from controller.kernel.shapes import Label
from controller.wire.events import (
    AccessDenied,
    AccessGranted,
    JournalDegraded,
    SessionEnded,
    SessionStarted,
)
from controller.wire.ids import uuid7
from tests.hub.conftest import Place
from tests.hub.effects import ADMIN, People
from tests.hub.fake_agent import START
from tests.hub.world import SITE

DARK_BOOT = "00000000-0000-4000-8000-000000000002"
NEXT_BOOT = "00000000-0000-4000-8000-000000000003"
OTHER_DARK_BOOT = "00000000-0000-4000-8000-000000000004"
HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
BOSS = Actor(ref="account:b", member_id=None, roles={SITE: frozenset({Role.ADMIN})})


def after(**length: float) -> Utc:
    return Utc.of(START + timedelta(**length))


@pytest.fixture
def people(place: Place) -> People:
    """Its machine has a price; the box was known a minute after START and is told of three days
    later."""
    place.now = after(days=3)
    people = People(place.world.database)
    rate = MachineRate(access_point="machine-0", price_cents=100)
    first = NewTariff(
        valid_from=date(2026, 2, 1), decision="x", rates=(rate,), vat_permille=0, site_id=SITE
    )
    with place.world.database.write() as db:
        tariffs.create(db, first, actor=ADMIN, now=START)
        db.get_one(AgentRow, place.agent.name).enrolled_at = START
    place.agent.record(AccessDenied, at_s=60, reason="in_use")
    return people


def use_in_the_dark(
    place: Place, member: str, hours: float = 8, boot: str = DARK_BOOT, **fields: Any
) -> str:
    """The box is started without a clock, and somebody uses a machine; returns the session."""
    session, place.agent.boot_id = uuid7(), boot
    way = {"session_id": session, "member": member, "clock_trusted": False} | fields
    seconds = hours * HOUR_S
    place.agent.record(SessionStarted, at_s=0, mono_ms=600_000, **({"credential": None} | way))
    way.pop("credential", None)
    place.agent.record(
        SessionEnded,
        at_s=seconds,
        mono_ms=int(600_000 + seconds * 1000),
        **way,
        active_s=seconds,
        idle_s=0.0,
        powered_s=seconds,
        cause="tap",
    )
    return session


def start_again(place: Place, at_s: float = 2 * DAY_S) -> None:
    """The box is started again, and has the time."""
    place.agent.boot_id = NEXT_BOOT
    place.agent.record(AccessDenied, at_s=at_s, mono_ms=1000, reason="in_use")


def charged(place: Place) -> list[int]:
    """What is charged by now, and its total."""
    catch_up(place.world.database, SITE, place.now)
    with place.world.database.read() as db:
        return [row.amount_cents for row in db.scalars(select(ChargeRow))]


def open_points(place: Place, month: str = "2026-03") -> list[tuple[ReviewReason, str | None]]:
    with place.world.database.read() as db:
        sums = statements.sums(db, SITE, month, actor=BOSS, now=place.now)
        found = points.before_closing(db, SITE, month, sums, place.now)
        return [(point.missing, point.key.id) for point in found]


def times(place: Place, session: str) -> tuple[Utc | None, Utc | None]:
    with place.world.database.read() as db:
        row = db.get_one(SessionRow, session)
        return row.started_at, row.ended_at


def test_a_use_of_a_boot_that_never_had_the_time_is_charged_and_shown(
    place: Place, people: People
) -> None:
    """As early as it can have been: right after what the box last told with a time."""
    session = use_in_the_dark(place, people.refs[1])
    start_again(place)
    place.send(place.agent.batch())
    assert times(place, session) == (after(seconds=660), after(seconds=660, hours=8))
    assert charged(place) == [3200]
    assert (ReviewReason.NO_TIME, people.ids[1]) in open_points(place)
    query = ActivityQuery(site=SITE, since=after(days=2), now=place.now, until=place.now)
    with place.world.database.write() as db:
        (row,) = RECENT.read_rows(db, query)
        assert row.names == ("no_time", session)
        assert row.action is not None
        assert row.action.params == {"member": people.ids[1]}
        assert {"n": 480} in [dict(fact.values) for fact in row.facts]
        assert db.get_one(SessionRow, session).end_told_at == place.now
        assert rebuild(db) == []


def test_what_is_rescued_from_a_damaged_journal_was_before_its_damage(
    place: Place, people: People
) -> None:
    place.agent.new_stream()
    place.agent.boot_id = NEXT_BOOT
    place.agent.record(JournalDegraded, at_s=2 * DAY_S, access_point=None, reason="corrupt")
    session = use_in_the_dark(place, people.refs[1])
    place.send(place.agent.batch(boot_id=NEXT_BOOT))
    assert times(place, session) == (after(seconds=600), after(seconds=600, hours=8))


def test_a_use_whose_power_was_pulled_is_charged_too(place: Place, people: People) -> None:
    """Its end has a time, and its beginning fits before that."""
    session, place.agent.boot_id = uuid7(), DARK_BOOT
    way: dict[str, Any] = {"session_id": session, "member": people.refs[1]}
    place.agent.record(SessionStarted, mono_ms=600_000, credential=None, clock_trusted=False, **way)
    place.agent.boot_id = NEXT_BOOT
    seconds = {"active_s": 8 * HOUR_S, "idle_s": 0.0, "powered_s": 8 * HOUR_S}
    place.agent.record(
        SessionEnded, at_s=2 * DAY_S, mono_ms=1000, cause="agent_restarted", **seconds, **way
    )
    place.send(place.agent.batch())
    assert times(place, session) == (after(days=1, hours=16), after(days=2))
    assert charged(place) == [3200]


def test_a_use_without_time_and_end_is_given_up(place: Place, people: People) -> None:
    session, place.agent.boot_id = uuid7(), DARK_BOOT
    place.agent.record(
        SessionStarted,
        mono_ms=600_000,
        credential=None,
        clock_trusted=False,
        session_id=session,
        member=people.refs[1],
    )
    start_again(place)
    place.send(place.agent.batch())
    with place.world.database.write() as db:
        missing_ends.give_up(db, place.now)
    with place.world.database.read() as db:
        assert db.get_one(SessionRow, session).given_up_at == place.now


@pytest.mark.parametrize("true_at_s", [DAY_S, -20 * DAY_S])
def test_a_time_that_comes_after_all_charges_nothing_twice(
    place: Place, people: People, true_at_s: float
) -> None:
    """Whatever the month: the box was enrolled on the true day, or the estimate was too late."""
    if true_at_s < 0:  # nothing with a time came before
        place.agent.new_stream()
    session = use_in_the_dark(place, people.refs[1])
    place.send(place.agent.batch())
    assert sum(charged(place)) == 3200
    told = len(place.agent.journal)
    mono_ms = int(9 * HOUR_S * 1000)
    place.agent.record(AccessDenied, at_s=true_at_s, mono_ms=mono_ms, reason="in_use")
    place.send(place.agent.batch(place.agent.journal[told:]))
    began = Utc.of(after(seconds=true_at_s) - timedelta(milliseconds=mono_ms - 600_000))
    assert times(place, session) == (began, Utc.of(began + timedelta(hours=8)))
    assert sum(charged(place)) == 3200
    place.send(place.agent.batch())
    assert sum(charged(place)) == 3200
    assert not open_points(place)
    with place.world.database.write() as db:
        assert rebuild(db) == []


def test_the_next_use_is_not_ended_by_one_without_time(place: Place, people: People) -> None:
    use_in_the_dark(place, people.refs[1])
    start_again(place, at_s=DAY_S)
    running = uuid7()
    way = {"session_id": running, "member": people.refs[2], "credential": None}
    place.agent.record(SessionStarted, at_s=2 * DAY_S, mono_ms=int(DAY_S * 1000), **way)
    place.send(place.agent.batch())
    assert times(place, running) == (after(days=2), None)


def test_the_true_time_decides_whether_a_badge_was_the_member_s(
    place: Place, people: People
) -> None:
    """While it is not known, a badge that was returned in the meantime is in doubt."""
    with place.world.database.write() as db:
        key = db.get_one(CredentialRow, people.badges[1]).holder_key
        credentials.return_badge(db, people.badges[1], actor=ADMIN, now=after(days=1))
    session = use_in_the_dark(place, people.refs[1], credential=key)
    place.send(place.agent.batch())
    with place.world.database.read() as db:
        assert db.get_one(SessionRow, session).is_doubtful is True
    told = len(place.agent.journal)
    mono_ms = int(9 * HOUR_S * 1000)
    place.agent.record(AccessDenied, at_s=10 * HOUR_S, mono_ms=mono_ms, reason="in_use")
    place.send(place.agent.batch(place.agent.journal[told:]))
    with place.world.database.read() as db:
        assert db.get_one(SessionRow, session).is_doubtful is None
    assert charged(place) == [3200]


@pytest.mark.parametrize("batches", [1, 4])
def test_a_pass_spends_a_day_for_each_day_of_such_a_boot(
    place: Place, people: People, batches: int
) -> None:
    place.now = after(days=6)
    key = pass_of(place, people)
    sent = [len(place.agent.journal)]
    place.agent.boot_id = DARK_BOOT
    for number in range(4):
        mono_ms = int((600 + number * DAY_S) * 1000)
        place.agent.record(
            AccessGranted, mono_ms=mono_ms, member=people.refs[1], clock_trusted=False
        )
        sent.append(len(place.agent.journal))
    start_again(place, at_s=5 * DAY_S)
    for first, last in zip([0, *sent[1:]], [*sent[1:], None], strict=True):
        if batches > 1:
            message = place.agent.batch(place.agent.journal[first:last], boot_id=NEXT_BOOT)
            place.send(message)
    if batches == 1:
        place.send(place.agent.batch())
    assert (spent(place, key), shown_days(place)) == (4, [(key, 4)])


def pass_of(place: Place, people: People) -> str:
    """Somebody has a pass, which the machine asks for."""
    with place.world.database.write() as db:
        day = NewPlan(id="day", site_id=SITE, name=Label(fr="Jour"))
        plans.create(db, day, actor=ADMIN, now=START)
        new = NewPass(member_id=people.ids[1], plan_id="day", units=5, valid_from=START)
        db.get_one(AccessPointRow, "machine-0").requirement = {"subscription": True}
        return passes.create(db, new, actor=ADMIN, now=START).id


def spent(place: Place, key: str) -> int:
    with place.world.database.read() as db:
        return passes.get(db, key, actor=ADMIN).spent


def shown_days(place: Place) -> list[tuple[str, object]]:
    """The passes of which Catch up shows days that may have been others, and how many."""
    until = place.now
    query = ActivityQuery(site=SITE, since=after(days=1), now=until, until=until)
    with place.world.database.write() as db:
        rows = [row for row in PASSES.read_rows(db, query) if row.names[0] == "pass_no_time"]
        return [(row.names[1], row.facts[0].values["n"]) for row in rows]


def test_the_days_of_a_box_that_is_switched_off_each_night_are_shown(
    place: Place, people: People
) -> None:
    """Nothing tells how long it was off: they may be fewer than were spent."""
    key = pass_of(place, people)
    place.now = after(days=6)
    place.agent.record(AccessGranted, at_s=120, member=people.refs[1])
    for number in range(4):
        place.agent.boot_id = f"{DARK_BOOT[:-2]}a{number}"
        way: dict[str, Any] = {"member": people.refs[1], "clock_trusted": False}
        place.agent.record(AccessGranted, mono_ms=8 * 3_600_000, **way)
    start_again(place, at_s=5 * DAY_S)
    place.send(place.agent.batch())
    assert (spent(place, key), shown_days(place)) == (2, [(key, 2)])


def test_a_print_in_a_use_without_time_has_a_user(place: Place, people: People) -> None:
    session = use_in_the_dark(place, people.refs[1])
    start_again(place)
    place.send(place.agent.batch())
    new = NewPrintJob(access_point="machine-0", name="x", grams=900.0)
    with place.world.database.write() as db:
        asked_s_ago = int(0.9 * DAY_S)
        made = print_jobs.create(db, new, actor=ADMIN, now=place.now, asked_s_ago=asked_s_ago)
    assert made.session_id == session


def test_a_print_that_may_be_of_two_uses_without_time_is_nobody_s(
    place: Place, people: People
) -> None:
    """That of a use whose time is known is its user's."""

    def use_of_print(at: Utc) -> str | None:
        new = NewPrintJob(access_point="machine-0", name="x", grams=900.0)
        now, ago_s = Utc.of(at + timedelta(hours=12)), int(12 * HOUR_S)
        with place.world.database.write() as db:
            return print_jobs.create(db, new, actor=ADMIN, now=now, asked_s_ago=ago_s).session_id

    first = use_in_the_dark(place, people.refs[1])
    place.send(place.agent.batch(boot_id=NEXT_BOOT))
    assert use_of_print(after(days=1.5)) == first
    told = len(place.agent.journal)
    use_in_the_dark(place, people.refs[0], hours=0.1, boot=OTHER_DARK_BOOT)
    start_again(place)
    known = uuid7()
    way = {"session_id": known, "member": people.refs[0], "credential": None}
    place.agent.record(SessionStarted, at_s=2 * DAY_S + 60, mono_ms=61_000, **way)
    place.send(place.agent.batch(place.agent.journal[told:]))
    assert use_of_print(after(days=1.5)) is None
    assert use_of_print(after(days=2.5)) == known
