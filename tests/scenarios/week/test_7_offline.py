"""Sunday to Tuesday: two days without internet, and everything that arrives late."""

import sqlite3
import threading
import time
from collections import Counter
from contextlib import closing
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from controller.domain.facts import Language
from devices.ports import Flash
from tests.scenarios.week import wiring
from tests.scenarios.week.people import Person, certify, join, present
from tests.scenarios.week.place import SUN, Week
from tests.scenarios.week.seen import held, lets_in, pictures, power, released, shown, tap
from tests.scenarios.week.wiring import FIRE

pytestmark = pytest.mark.needs("mosquitto")

SETTLE_S = 10.0
"""Within this a tap has done what it does, without anybody to tell it."""
MONDAY, TUESDAY = SUN + 1, SUN + 2


def test_two_days_without_internet_and_late_events(week: Week) -> None:
    """Everybody is let in as ever; afterwards everything is told once, at its true time."""
    week.it_is(SUN, "18:00")
    nadia, nour = join(week, "Nadia Brun", "workshop"), join(week, "Nour Aziz", "workshop")
    theo = join(week, "Théo Simon")
    for name in ("house-rules", "laser"):
        certify(week, nadia.id, name)
    bought = {"member_id": theo.id, "plan_id": "telework", "kind": "half_day", "units": 4}
    bought["valid_from"] = week.hands.now().text()
    ticket = f"/passes/{week.desk.post('/passes', bought)['id']}"
    marc = join(week, "Marc Dumas", "workshop")
    week.manager.patch(f"/members/{marc.id}", {"maintains": ["workshop-in"]})
    week.in_step()
    for cable in week.cables.values():
        cable.pull()
    for agent in wiring.AGENTS:
        week.running.wait_for(partial(_offline, week, agent))

    _two_days(week, nadia, nour, theo, marc)

    week.it_is(TUESDAY, "11:00")
    back = week.hands.now().text()
    for cable in week.cables.values():
        cable.plug()
    week.running.wait_for(lambda: all(_delivered(week, agent) for agent in wiring.AGENTS))
    week.in_step()

    _each_is_told_once(week)
    _at_its_true_time(week, back)
    _nothing_happens_now(week)
    assert week.desk.get(ticket)["spent"] == 2  # Monday morning, Tuesday morning
    (session,) = [s for s in week.manager.all("/sessions") if s["member_id"] == nadia.id]
    assert week.moment(MONDAY, "10:00").text() <= session["started_at"]
    assert session["started_at"] < week.moment(MONDAY, "10:20").text() <= session["ended_at"]
    quarter = {"since": week.moment(MONDAY, "09:30").text()}
    quarter["until"] = week.moment(MONDAY, "09:45").text()
    [counted] = week.manager.get(f"/reports/occupancy?{_query(quarter)}")["items"]
    assert (counted["zone_id"], counted["entries"]) == ("workshop", 2)
    line = week.badge_of("Line Petit")
    assert tap(week, "workshop-in", line).reason is None  # who joined meanwhile is known now


def _two_days(week: Week, nadia: Person, nour: Person, theo: Person, marc: Person) -> None:
    """What people do meanwhile, and what they are shown."""
    week.it_is(MONDAY, "09:10", hub=False)
    for _ in range(5):
        lets_in(week, "desks-in", theo.badge)
    week.it_is(MONDAY, "09:31", hub=False)
    for person in (nadia, nour):
        lets_in(week, "workshop-in", person.badge)
    week.it_is(MONDAY, "10:00", hub=False)
    held(week, "laser", nadia.badge)
    power(week, "laser", closed=True)
    line = join(week, "Line Petit", "workshop")  # at the desk; no reader can know her yet
    before = len(pictures(week, "laser"))
    held(week, "laser", line.badge)
    shown(week, "laser", before, Flash.DENIED, "Badge inconnu", Language.FR)
    week.it_is(MONDAY, "10:20", hub=False)
    held(week, "laser", nadia.badge)
    power(week, "laser", closed=False)
    week.it_is(MONDAY, "15:00", hub=False)
    _false_alarm(week, marc)
    week.it_is(MONDAY, "16:00", hub=False)
    lets_in(week, "workshop-out", nadia.badge)
    week.it_is(TUESDAY, "09:05", hub=False)
    lets_in(week, "desks-in", theo.badge)


_TOLD: dict[tuple[int, str], dict[tuple[str, str], int]] = {
    (MONDAY, "09:10"): {("desks-in", "access_granted"): 5, ("desks-in", "door_opened"): 5},
    (MONDAY, "09:31"): {("workshop-in", "access_granted"): 2, ("workshop-in", "door_opened"): 2},
    (MONDAY, "10:00"): {
        ("laser", "access_granted"): 1,
        ("laser", "session_started"): 1,
        ("laser", "access_denied"): 1,
    },
    (MONDAY, "10:20"): {("laser", "access_granted"): 1, ("laser", "session_ended"): 1},
    (MONDAY, "15:00"): {("workshop-in", "fire"): 1, ("workshop-in", "fault_reset"): 1},
    (MONDAY, "16:00"): {("workshop-out", "access_granted"): 1, ("workshop-out", "door_opened"): 1},
    (TUESDAY, "09:05"): {("desks-in", "access_granted"): 1, ("desks-in", "door_opened"): 1},
    (TUESDAY, "11:00"): {},
}
"""What is told of the time that begins then, and how often."""


def _at_its_true_time(week: Week, back: str) -> None:
    told = week.manager.all("/events", since=week.moment(MONDAY, "09:00").text())
    kinds = {kind for expected in _TOLD.values() for kind in expected}
    for (moment, expected), (until, _) in pairwise(_TOLD.items()):
        since, end = week.moment(*moment).text(), week.moment(*until).text()
        then = [item for item in told if since <= item["at"] < end]
        seen = Counter((event["access_point"], event["type"]) for event in then)
        assert {kind: count for kind, count in seen.items() if kind in kinds} == expected, moment
        assert all(item["late"] and item["received_at"] >= back for item in then)


def _each_is_told_once(week: Week) -> None:
    """Of the whole week: no number twice, and none left out."""
    told = week.manager.all("/events")
    for agent in wiring.AGENTS:
        numbers = [(event["stream"], event["seq"]) for event in told if event["agent_id"] == agent]
        assert set(Counter(numbers).values()) == {1}
        assert {seq for _, seq in numbers} == set(range(1, len(numbers) + 1))


def _false_alarm(week: Week, marc: Person) -> None:
    """The fire alarm at the door, and its reset on the spot."""
    week.bench.do("press", contact=FIRE, active=True)
    released(week, "workshop-in", True)
    week.bench.do("press", contact=FIRE, active=False)
    while week.bench.state()["doors"]["workshop-in"]["released"]:
        held(week, "workshop-in", marc.badge)  # refused while the agent takes the alarm for active
        until = time.monotonic() + SETTLE_S
        while week.bench.state()["doors"]["workshop-in"]["released"] and time.monotonic() < until:
            threading.Event().wait(0.05)


def _nothing_happens_now(week: Week) -> None:
    """A fire of yesterday empties no house, and who came yesterday is not in."""
    assert [
        evacuation for evacuation in week.desk.all("/evacuations") if evacuation["ended_at"] is None
    ] == []
    monday = week.moment(MONDAY, "00:00").text()
    assert [
        evacuation
        for evacuation in week.desk.all("/evacuations")
        if evacuation["started_at"] >= monday
    ] == []
    alarms = [alarm for alarm in week.desk.all("/alarms") if alarm["raised_at"] >= monday]
    assert [(alarm["kind"], alarm["cleared_at"] < _now(week)) for alarm in alarms] == [
        ("fire", True)
    ]
    assert present(week, "workshop") == {}
    assert present(week, "desks") == {"Théo Simon": 1}  # he came this morning


def _delivered(week: Week, agent: str) -> bool:
    """Whether an agent's journal holds nothing more."""
    file = week.folder / agent / "state" / "journal.db"
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
        waiting = db.execute("SELECT head.seq - through FROM head, acknowledged").fetchone()[0]
    return bool(waiting == 0)


def _offline(week: Week, agent: str) -> bool:
    return not week.manager.get(f"/agents/{agent}")["online"]


def _now(week: Week) -> str:
    return week.hands.now().text()


def _query(words: dict[str, Any]) -> str:
    return "&".join(f"{key}={value}" for key, value in words.items())
