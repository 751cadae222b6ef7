"""A fleet that lives: people come to its machines, and what they stand on fails now and then."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from controller.cli.bench.crowd import badge
from controller.cli.bench.fleet.fleet import Fleet
from controller.cli.bench.fleet.place import FleetPlace

PEOPLE = 500
"""Whose badges are shown."""
QUIET_S = (10.0, 30.0)
AWAY_S = (1.0, 20.0)
BACK_WITHIN_S = 300.0
_PART = 10
"""One in so many loses its connection at once."""


@dataclass(frozen=True, slots=True)
class Outage:
    """Something that goes away, for so many seconds."""

    what: str
    away_s: float


def outage(chance: Random) -> Outage:
    """The next one."""
    what = chance.choice(("broker", "controller", "broker and controller", "network of some"))
    return Outage(what, chance.uniform(*AWAY_S))


def live(
    place: FleetPlace,
    fleet: Fleet,
    *,
    every_s: float,
    minutes: float,
    seed: int | None,
    say: Callable[[str], None],
) -> int:
    """People come to each agent about every so many seconds, for so many minutes (0: until
    Ctrl-C); `seed` None: nothing fails. Returns how many events were lost, which is 0.

    Raises BenchFailed when the fleet doesn't come back from an outage.
    """
    fleet.ask("live", [badge(number) for number in range(PEOPLE)], every_s)
    end = time.monotonic() + 60 * minutes if minutes else float("inf")
    chance = Random(seed)  # noqa: S311  of no secret, and to be had again
    try:
        while time.monotonic() < end:
            time.sleep(min(chance.uniform(*QUIET_S), max(0.0, end - time.monotonic())))
            if seed is not None and time.monotonic() < end:
                say(_suffer(place, fleet, outage(chance), chance))
    except KeyboardInterrupt:
        say("ending")
    fleet.ask("live", [], 0)
    return count_lost(place, fleet)


def count_lost(place: FleetPlace, fleet: Fleet) -> int:
    """How many of the events that the agents journalled are not in the database, once each."""
    told = sum(agent.told for agent in fleet.settle(BACK_WITHIN_S))
    return abs(told - place.events())


def _suffer(place: FleetPlace, fleet: Fleet, cut: Outage, chance: Random) -> str:
    """One outage and the recovery from it, in a line."""
    away = {"broker": [place.broker], "controller": [place.serve]}
    gone = away.get(cut.what, [place.broker, place.serve])
    if cut.what == "network of some":
        names = [agent.id for agent in fleet.state()]
        fleet.ask("cut", chance.sample(names, max(1, len(names) // _PART)))
        gone, cut = [], Outage(cut.what, 0.0)
    place.put_down(*gone)
    time.sleep(cut.away_s)
    place.bring_up(*gone)
    back = time.monotonic()
    place.wait_up()
    now = fleet.wait(
        lambda now: all(agent.connected and agent.in_step_at for agent in now),
        "the fleet does not come back",
        BACK_WITHIN_S,
    )
    took, backlog = time.monotonic() - back, sum(agent.backlog for agent in now)
    return (
        f"{cut.what} away for {cut.away_s:.1f} s; {len(now)} agents in step {took:.1f} s later,"
        f" {backlog} events not acknowledged yet"
    )
