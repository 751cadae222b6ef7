"""What days come to follows from the sessions, whatever their order; the report reads it."""

from datetime import date, timedelta
from random import Random

import pytest
from sqlalchemy import select, update

from controller.capabilities.organisations import organisations
from controller.capabilities.organisations.shapes import NewOrganisation
from controller.capabilities.places import sites
from controller.capabilities.usage import report, sessions
from controller.capabilities.usage.models import SessionRow, UsageDay
from controller.capabilities.usage.shapes import UsageSplit
from controller.domain.time import Utc
from controller.hub.rebuild import rebuild
from controller.kernel.actor import Actor
from controller.kernel.projections import Difference
from controller.kernel.shapes import Label
from controller.wire.events import SessionEnded, SessionStarted, SessionState
from controller.wire.ids import uuid7
from controller.wire.messages import State
from tests.hub.conftest import NOW, Place
from tests.hub.fake_agent import START
from tests.hub.world import SITE

ADMIN = Actor.system("test")


@pytest.fixture(autouse=True)
def weeks_later(place: Place) -> None:
    """The hub hears of it all afterwards."""
    place.now = Utc.of(START + timedelta(weeks=12))


def days(place: Place) -> dict[date, tuple[int, int, int]]:
    """Sessions, and milliseconds active and powered, of each day that has any."""
    with place.world.database.read() as db:
        rows = db.scalars(select(UsageDay).where(UsageDay.sessions != 0)).all()
    return {row.day: (row.sessions, row.active_ms, row.powered_ms) for row in rows}


def at(text: str) -> float:
    """Seconds from START to a time."""
    return (Utc.parse(text) - START).total_seconds()


@pytest.mark.parametrize("seed", range(3))
def test_in_any_order_and_twice_they_are_the_same(place: Place, seed: int) -> None:
    agent, dice = place.agent, Random(seed)
    for number in range(8):
        agent.record_session(number * 6 * 3600.0, 61.0)
    running = uuid7()
    agent.record(SessionStarted, at_s=48 * 3600.0, session_id=running)
    for so_far in (10.0, 20.5):
        told = {"state": State.RUNNING, "active_s": so_far, "powered_s": so_far}
        agent.record(SessionState, at_s=48 * 3600.0 + so_far, session_id=running, **told)
    messages = [agent.batch([part]) for part in agent.journal] * 2
    dice.shuffle(messages)
    while messages:
        some = dice.randint(1, 6)
        place.send(*messages[:some])
        del messages[:some]
    assert days(place) == {
        date(2026, 3, 2): (3, 91_500, 183_000),
        date(2026, 3, 3): (4, 122_000, 244_000),
        date(2026, 3, 4): (2, 51_000, 81_500),
    }
    with place.world.database.write() as db:
        assert rebuild(db) == []


def test_days_are_those_of_the_sites_calendar_through_daylight_saving(place: Place) -> None:
    for moment in (
        "2026-03-28T22:59:59.000Z",  # the last second of Saturday in Paris
        "2026-03-28T23:00:00.000Z",
        "2026-03-29T21:59:59.000Z",  # Sunday has 23 hours
        "2026-03-29T22:00:00.000Z",
    ):
        place.agent.record_session(at(moment), 2.0)
    place.send(place.agent.batch())
    counts = {day: total[0] for day, total in days(place).items()}
    assert counts == {date(2026, 3, 28): 1, date(2026, 3, 29): 2, date(2026, 3, 30): 1}


def test_another_time_zone_makes_other_days(place: Place) -> None:
    place.agent.record_session(at("2026-03-02T23:30:00.000Z"), 2.0)
    place.send(place.agent.batch())
    assert list(days(place)) == [date(2026, 3, 3)]
    with place.world.database.write() as db:
        sites.change(db, SITE, {"time_zone": "America/New_York"}, version=1, actor=ADMIN, now=NOW)
    assert list(days(place)) == [date(2026, 3, 2)]
    with place.world.database.write() as db:
        assert rebuild(db) == []


def test_a_start_that_is_told_after_its_end_counts_from_then_on(place: Place) -> None:
    session = uuid7()
    started = place.agent.record(SessionStarted, at_s=0, session_id=session)
    ended = place.agent.record(
        SessionEnded, at_s=60, session_id=session, active_s=30, idle_s=0, powered_s=60, cause="tap"
    )
    place.send(place.agent.batch([ended]))
    assert days(place) == {}
    place.send(place.agent.batch([started]))
    assert days(place) == {date(2026, 3, 2): (1, 30_000, 60_000)}


def test_no_use_that_an_agent_tells_of_is_longer_than_a_year(place: Place) -> None:
    long = {"active_s": 1e10, "idle_s": 0.0, "powered_s": 1e10}
    place.agent.record(SessionStarted, at_s=0, session_id=(session := uuid7()))
    place.agent.record(SessionEnded, at_s=60, session_id=session, cause="badge_out", **long)
    place.send(place.agent.batch(place.agent.journal))
    year_ms = 366 * 86_400_000
    assert days(place) == {date(2026, 3, 2): (1, year_ms, year_ms)}


def test_what_was_tampered_with_is_named_and_mended(place: Place) -> None:
    place.agent.record_session(0, 60.0)
    place.send(place.agent.batch())
    before = days(place)
    with place.world.database.write() as db:
        db.execute(update(UsageDay).values(active_ms=1))
    with place.world.database.write() as db:
        key = f"{SITE}/2026-03-02/{place.agent.points[0]}///"
        assert rebuild(db) == [Difference("usage_day", key, "active_ms")]
    assert days(place) == before


def test_on_whose_behalf_said_afterwards_moves_the_share(place: Place) -> None:
    session = place.agent.record_session(0, 60.0)
    place.send(place.agent.batch())
    with place.world.database.write() as db:
        new = NewOrganisation(name=Label(en="Club"), site_id=SITE)
        club = organisations.create(db, new, actor=ADMIN, now=NOW).id
    with place.world.database.write() as db:
        patch = {"organisation_id": club}
        sessions.change(db, session, patch, version=None, actor=ADMIN, now=NOW)
        assert db.get_one(SessionRow, session).organisation_id == club
    with place.world.database.read() as db:
        split = UsageSplit.ORGANISATION
        found = report.report(db, SITE, split=split, actor=ADMIN, now=NOW)
    assert [(usage.organisation_id, usage.sessions, usage.active_s) for usage in found] == [
        (club, 1, 30.0)
    ]
    with place.world.database.write() as db:
        assert rebuild(db) == []
