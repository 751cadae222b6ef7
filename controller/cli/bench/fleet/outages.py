"""Simulate visitors of a fleet, while broker, controller and network fail now and then."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from controller.cli.bench.crowd import badge
from controller.cli.bench.fleet.fleet import Fleet
from controller.cli.bench.fleet.place import FleetPlace

PEOPLE = 500
"""Number of people whose badges are tapped."""
QUIET_S = (10.0, 30.0)
"""Range of seconds between two outages."""
AWAY_S = (1.0, 20.0)
"""Range of seconds that an outage lasts."""
BACK_WITHIN_S = 300.0
"""Seconds within which the fleet must have recovered."""
_CUT_EVERY = 10
"""One agent in this many loses its connection in a network outage."""


@dataclass(frozen=True, slots=True)
class Outage:
    """Something that fails, and for how many seconds."""

    target: str
    away_s: float


def outage(chance: Random) -> Outage:
    """Return the next outage, at random."""
    target = chance.choice(("broker", "controller", "broker and controller", "network of some"))
    return Outage(target, chance.uniform(*AWAY_S))


def simulate_visitors(
    place: FleetPlace,
    fleet: Fleet,
    *,
    every_s: float,
    minutes: float,
    seed: int | None,
    say: Callable[[str], None],
) -> int:
    """Simulate a visitor at each agent about every `every_s` seconds, for `minutes` (0: until
    Ctrl-C).

    `seed` None: nothing fails. Returns how many events were lost; it should be 0. Raises
    BenchFailed when the fleet does not recover from an outage.
    """
    fleet.ask("live", [badge(number) for number in range(PEOPLE)], every_s)
    end = time.monotonic() + 60 * minutes if minutes else float("inf")
    chance = Random(seed)  # noqa: S311  no secret, and reproducible
    try:
        while time.monotonic() < end:
            time.sleep(min(chance.uniform(*QUIET_S), max(0.0, end - time.monotonic())))
            if seed is not None and time.monotonic() < end:
                say(_cause_outage(place, fleet, outage(chance), chance))
    except KeyboardInterrupt:
        say("ending")
    fleet.ask("live", [], 0)
    return count_lost(place, fleet)


def count_lost(place: FleetPlace, fleet: Fleet) -> int:
    """Return the difference between the numbers of journalled and stored events."""
    journalled = sum(agent.journalled for agent in fleet.settle(BACK_WITHIN_S))
    return abs(journalled - place.events())


def _cause_outage(place: FleetPlace, fleet: Fleet, failure: Outage, chance: Random) -> str:
    """Cause one outage and wait for the recovery; returns a line that describes it."""
    processes_of = {"broker": [place.broker], "controller": [place.serve]}
    processes = processes_of.get(failure.target, [place.broker, place.serve])
    if failure.target == "network of some":
        names = [agent.id for agent in fleet.state()]
        fleet.ask("cut", chance.sample(names, max(1, len(names) // _CUT_EVERY)))
        processes, failure = [], Outage(failure.target, 0.0)
    place.put_down(*processes)
    time.sleep(failure.away_s)
    place.bring_up(*processes)
    ended_s = time.monotonic()
    place.wait_up()
    now = fleet.wait(
        lambda now: all(agent.connected and agent.in_step_at for agent in now),
        "the fleet does not come back",
        BACK_WITHIN_S,
    )
    took, backlog = time.monotonic() - ended_s, sum(agent.backlog for agent in now)
    return (
        f"{failure.target} away for {failure.away_s:.1f} s;"
        f" {len(now)} agents in step {took:.1f} s later, {backlog} events not acknowledged yet"
    )
