"""Measure the time from a certification over HTTP to the first tap granted because of it."""

import time
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from controller.cli.bench import BenchFailed
from controller.cli.bench.figure import Figure, percentile_figure
from controller.cli.bench.venue import CERTIFICATION, MACHINES, Venue

ROUNDS = 100
"""Number of members who are certified one after the other."""
_FIRST = 999_000_000
_EVERY_S = 0.01
_REFUSED_S = 0.06
_GIVE_UP_S = 10.0


@dataclass(frozen=True, slots=True)
class _Newcomer:
    """A member who lacks one certification, with two badges.

    A reader accepts a different card at once, so two badges allow quick taps.
    """

    id: str
    badges: tuple[str, str]


def measure(venue: Venue) -> Figure:
    """Measure from sending the PUT until the output switches for the first granted tap.

    After the answer it taps every 10 ms. The agent is not queried; only its output counts.
    """
    newcomers = [_newcomer(venue, number) for number in range(ROUNDS)]
    venue.settle()
    samples = []
    for newcomer in newcomers:
        if _tap(venue, newcomer.badges[0], _REFUSED_S) is not None:
            raise BenchFailed("somebody without the certification switched the machine on")
        began = time.monotonic()
        path = f"/members/{newcomer.id}/certifications/{CERTIFICATION}"
        venue.demo.api.call("PUT", path, {"level": "user"})
        samples.append((_first_grant(venue, newcomer) - began) * 1000)
        _badge_out(venue, newcomer)
    note = f"of {ROUNDS}: PUT sent, to the pin of the first granted tap"
    return percentile_figure("certify_to_enforced", "ms", samples, note=note)


def _newcomer(venue: Venue, number: int) -> _Newcomer:
    """Create a member who has everything except the certification."""
    api = venue.demo.api
    member = api.call("POST", "/members", {"display_name": f"Nouvelle {number}"})["id"]
    badges = (f"em:{_FIRST + 2 * number:010d}", f"em:{_FIRST + 2 * number + 1:010d}")
    for badge in badges:
        api.call("POST", "/credentials", {"member_id": member, "value": badge})
    since = {"valid_from": "2026-01-01T00:00:00.000Z", "reason": "the bench"}
    api.call("POST", "/subscriptions", {"member_id": member, "plan_id": "atelier", **since})
    api.call("PUT", f"/members/{member}/certifications/reglement", {"level": "user"})
    return _Newcomer(member, badges)


def _first_grant(venue: Venue, who: _Newcomer) -> float:
    """Return when the contactor closed, tapping with both badges in turn. Raises BenchFailed."""
    end = time.monotonic() + _GIVE_UP_S
    for badge in cycle(reversed(who.badges)):
        if (event := _tap(venue, badge, _EVERY_S)) is not None:
            return float(event["at"])
        if time.monotonic() > end:
            break
    raise BenchFailed(f"a certification was not enforced within {_GIVE_UP_S:.0f} s")


def _badge_out(venue: Venue, who: _Newcomer) -> None:
    """End the use with the badge that the reader saw earlier, unless it has ended."""
    for badge in (*who.badges, *who.badges, *who.badges):
        list(venue.bench.events(_REFUSED_S))
        if not venue.bench.state()["machines"][MACHINES[0]]["closed"]:
            return
        venue.bench.do("tap", reader=MACHINES[0], credential=badge)
    raise BenchFailed("the machine did not go off")


def _tap(venue: Venue, badge: str, timeout_s: float) -> dict[str, Any] | None:
    """Tap, and return the event of the contactor closing; None after `timeout_s`."""
    machine = MACHINES[0]
    at = venue.bench.do("tap", reader=machine, credential=badge)["at"]
    for event in venue.bench.events(timeout_s):
        if event["machine"] == machine and event["closed"] and event["at"] >= at:
            return event
    return None
