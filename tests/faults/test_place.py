"""kill -9 of broker, controller and agent, each in the middle of taps and sessions."""

from collections.abc import Iterator
from functools import partial
from http.client import HTTPException
from itertools import cycle
from typing import Any

import pytest

from controller.cli.demo.people import AMINA
from tests.faults.conftest import Faults, a_place, badge
from tests.support.until import until

pytestmark = pytest.mark.needs("mosquitto")

LASER, PRINTER, DOOR = "laser-co2", "imprimante-1", "porte-principale"
DRILL, DRILL_AGENT, DRILL_PIN = "perceuse", "atelier-bois", 17
DRILLERS = ("Louis Delattre", "Bernard Caron")
PEOPLE = 12
OFF_WITHIN_S = 0.5
CARD_GONE_S = 0.6
"""Longer than the readers' `gone_after_ms`."""


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faults]:
    """One place for all: it recovers from each, which is what they show."""
    with a_place(tmp_path_factory.mktemp("place")) as faults:
        yield faults


@pytest.mark.parametrize("process", ["broker", "serve"])
def test_the_place_goes_on_and_nothing_is_lost(faults: Faults, process: str) -> None:
    """Sessions run through it: the agents decide alone, and tell everything later, once."""
    decided = faults.decided(DOOR)
    begun = [len(faults.sessions(machine)) for machine in (LASER, PRINTER)]
    faults.bench.do("tap", reader=LASER, credential=badge(AMINA))
    faults.power(LASER, True)
    faults.taps(DOOR, PEOPLE)
    faults.kill(faults.running.ready["pids"][process])
    faults.taps(DOOR, PEOPLE)
    faults.bench.do("tap", reader=PRINTER, credential=badge(AMINA))
    faults.power(PRINTER, True)
    until(lambda: _healthy(faults), lambda: f"{process} does not come back")
    faults.taps(DOOR, PEOPLE)
    wanted = decided + 3 * PEOPLE
    until(lambda: faults.decided(DOOR) >= wanted, lambda: f"{faults.decided(DOOR)} arrived")
    faults.all_there()
    assert faults.decided(DOOR) == wanted
    for machine, before in zip((LASER, PRINTER), begun, strict=True):
        sessions = faults.sessions(machine)
        assert len(sessions) == before + 1
        assert [session["ended_at"] for session in sessions].count(None) == 1
        _leave(faults, machine)


def _leave(faults: Faults, machine: str) -> None:
    """Somebody goes, so that the next may come."""
    faults.bench.do("tap", reader=machine, credential=badge(AMINA))
    faults.power(machine, False)
    list(faults.bench.events(CARD_GONE_S))
    until(
        lambda: all(session["ended_at"] for session in faults.sessions(machine)),
        lambda: f"{machine} does not end",
    )


def test_a_dead_agent_leaves_the_drill_without_power(faults: Faults) -> None:
    """Its pin keeps its level, which no charge pump takes for power; nor does the agent's
    return switch anything on. The session ends once, and the next tap begins another."""
    bench = faults.bench
    bench.do("tap", reader=DRILL, credential=badge(DRILLERS[0]))
    faults.power(DRILL, True)
    until(lambda: len(faults.sessions(DRILL)) == 1, lambda: "the session did not arrive")
    starts = faults.starts(DRILL_AGENT)
    died = faults.kill(faults.agents[DRILL_AGENT])
    levels: list[float] = []

    def pump_is_low(event: dict[str, Any]) -> bool:
        if event["event"] == "edge" and (event["board"], event["pin"]) == (DRILL_AGENT, DRILL_PIN):
            levels.append(event["level"])
        return event["event"] == "pump" and event["machine"] == DRILL and not event["high"]

    low = bench.wait_for(pump_is_low)
    assert low["at"] - died <= OFF_WITHIN_S
    assert bench.do("read", board=DRILL_AGENT, pin=DRILL_PIN)["level"] == levels[-1]

    until(lambda: faults.starts(DRILL_AGENT) > starts, lambda: "the agent did not come back")
    until(lambda: faults.sessions(DRILL)[0]["ended_at"] is not None, lambda: "it does not end")
    assert not bench.state()["machines"][DRILL]["closed"]
    back = [event for event in bench.events(0) if event["event"] == "power"]
    assert not [event for event in back if event["machine"] == DRILL and event["closed"]]
    _tap_until_granted(faults)
    until(lambda: len(faults.sessions(DRILL)) == 2, lambda: "the next session did not arrive")
    faults.all_there()
    ended = [
        session["cause"] for session in faults.sessions(DRILL) if session["ended_at"] is not None
    ]
    assert ended == ["agent_restarted"]


def _tap_until_granted(faults: Faults) -> None:
    """Where no NTP serves, the agent refuses dangerous machines until a hub has told the time."""
    for name in cycle(DRILLERS):
        before = faults.decided(DRILL)
        faults.bench.do("tap", reader=DRILL, credential=badge(name))
        until(partial(_decided_more, faults, before), lambda: "no decision arrived")
        if faults.bench.state()["machines"][DRILL]["closed"]:
            return


def _decided_more(faults: Faults, before: int) -> bool:
    return faults.decided(DRILL) > before


def _healthy(faults: Faults) -> bool:
    """Whether controller and broker serve again."""
    try:
        return all(
            faults.running.call("GET", f"/agents/{agent}").json["online"] for agent in faults.agents
        )
    except (OSError, HTTPException):  # refused, or killed in the middle of its answer
        return False
