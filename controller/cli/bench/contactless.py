"""Measure the time from a card entering an MFRC522's field to the output of a real agent."""

import os
import random
import signal
import time

from controller.cli.bench import BenchFailed
from controller.cli.bench.figure import Figure, percentile, percentile_figure
from controller.cli.bench.venue import AGENT, CERTIFICATION, MACHINES, Venue, wait_until

CYCLES = 60
"""Number of cycles; each taps the machine on and off."""
_MACHINE = MACHINES[0]
_READER = "contactless"
_BADGE = "uid:04522522522522"
_GONE_AFTER_S = 0.2
"""The shortest value that the driver accepts."""
_POLL_S = 0.05
_READY_WITHIN_S = 60.0
_RETRY_S = 2.0


def measure(venue: Venue) -> Figure:
    """Measure taps at the demo's first printer with an `rc522`, simulated at its registers.

    The card arrives at a random moment between two polls of the driver.
    """
    _create_member_with_badge(venue)
    file = venue.demo.layout.agent_config(AGENT)
    wired = file.read_text()
    try:
        _configure_rc522(venue)
        samples, floor = _measure_cycles(venue)
    finally:
        file.write_text(wired)
        _restart_agent(venue)
    note = f"of {CYCLES}; polled every {_POLL_S * 1000:.0f} ms; p90 {percentile(samples, 90):.3g}"
    return percentile_figure("rc522_tap_to_pin", "ms", samples, floor, note)


def _measure_cycles(venue: Venue) -> tuple[list[float], list[float]]:
    """Return the milliseconds of each tap that switched on, and those of the floor."""
    samples, floor = [], []
    for _ in range(CYCLES):
        samples.append(_tap(venue, on=True))
        _tap(venue, on=False)
        for _half in range(2):
            if (milliseconds := venue.floor.tap()) is not None:
                floor.append(milliseconds)
    return samples, floor


def _restart_agent(venue: Venue) -> None:
    """Stop the agent, which is restarted at once, and check that its first printer reacts."""
    before = venue.agent.popen
    os.kill(venue.agent.pid, signal.SIGTERM)
    wait_until(lambda: venue.agent.popen is not before, "the agent does not start again")
    for on in (True, False):
        end = time.monotonic() + _READY_WITHIN_S
        while not _reacts_to_tap(venue, on):
            if time.monotonic() > end:
                raise BenchFailed(f"{_MACHINE} did not get its own reader back")


def _reacts_to_tap(venue: Venue, on: bool) -> bool:
    venue.bench.do("tap", reader=_MACHINE, credential=venue.badges[0])
    events = venue.bench.events(_RETRY_S)
    return any(event["machine"] == _MACHINE and event["closed"] is on for event in events)


def _create_member_with_badge(venue: Venue) -> None:
    api = venue.demo.api
    member = api.call("POST", "/members", {"display_name": "Carte sans contact"})["id"]
    api.call("POST", "/credentials", {"member_id": member, "value": _BADGE})
    since = {"valid_from": "2026-01-01T00:00:00.000Z", "reason": "the bench"}
    api.call("POST", "/subscriptions", {"member_id": member, "plan_id": "atelier", **since})
    for certification in ("reglement", CERTIFICATION):
        path = f"/members/{member}/certifications/{certification}"
        api.call("PUT", path, {"level": "user"})


def _configure_rc522(venue: Venue) -> None:
    """Configure an rc522 for the printer and restart its agent; returns when the badge works."""
    venue.bench.do("setup", reader=[{"name": _READER, "model": "rc522", "board": AGENT}])
    file = venue.demo.layout.agent_config(AGENT)
    head, _, point = file.read_text().partition(f'id = "{_MACHINE}"')
    before, _, after = point.partition("reader = {")
    rest = after.partition("}")[2]
    reader = f'reader = {{ driver = "rc522", gone_after_ms = {_GONE_AFTER_S * 1000:.0f} }}'
    file.write_text(f'{head}id = "{_MACHINE}"{before}{reader}{rest}')
    os.kill(venue.agent.pid, signal.SIGTERM)
    venue.bench.do("place", reader=_READER, credential=_BADGE)
    venue.bench.wait_for(
        lambda event: event["machine"] == _MACHINE and event["closed"], _READY_WITHIN_S
    )
    _lift(venue)
    _tap(venue, on=False)


def _tap(venue: Venue, *, on: bool) -> float:
    """Return milliseconds from the card's arrival to the contactor, by the clock of the pins."""
    at = venue.bench.do("place", reader=_READER, credential=_BADGE)["at"]
    event = venue.bench.wait_for(
        lambda event: event["machine"] == _MACHINE and event["closed"] is on
    )
    _lift(venue)
    return float(event["at"] - at) * 1000


def _lift(venue: Venue) -> None:
    """Take the card away, and wait until the reader has forgotten it."""
    venue.bench.do("lift", reader=_READER)
    time.sleep(_GONE_AFTER_S + 4 * _POLL_S + random.random() * _POLL_S)  # noqa: S311  a moment
