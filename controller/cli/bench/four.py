"""Measure the memory of an agent with four access points and 100,000 holders."""

import os
import signal
import time
from dataclasses import replace

from controller.cli.bench import BenchFailed, memory
from controller.cli.bench.figure import Figure
from controller.cli.bench.venue import AGENT, CERTIFICATION, MACHINES, Venue, wait_until

_FOURTH, _PIN = "imprimante-4", 22
_WIRING = """
[[agent.access_point]]
id = "{name}"
kind = "machine"
reader = {{ driver = "em4100_serial", port = "{link}", gone_after_ms = 80 }}
power = {{ driver = "gpio", pin = {pin} }}
meter = {{ driver = "sim", machine = "{name}" }}
"""
_READY_WITHIN_S = 60.0
_POLL_S = 2.0


def measure(name: str, venue: Venue) -> Figure:
    """Measure resident MB after a start and one use of each machine.

    `max` is the peak since the start.
    """
    venue.settle()  # with 100,000 holders the controller needs time before it answers
    _add_fourth(venue)
    before = venue.agent.popen
    os.kill(venue.agent.pid, signal.SIGTERM)
    wait_until(
        lambda: venue.agent.popen is not before, "the agent does not start again", _READY_WITHIN_S
    )
    badges = iter(venue.badges)
    _first_tap(venue, next(badges))
    for machine in MACHINES:
        badge = next(badges)
        for on in (True, False):
            venue.bench.do("tap", reader=machine, credential=badge)
            _wait_for_contactor(venue, machine, on)
            time.sleep(_POLL_S / 4)  # until the reader has forgotten the card
    figure = memory.measure(name, venue.agent)
    return replace(figure, note=f"four access points, {venue.holders()} holders; {figure.note}")


def _add_fourth(venue: Venue) -> None:
    """Add a fourth printer to the bench, the agent's wiring and the controller's rules."""
    link = str(venue.demo.layout.reader(_FOURTH))
    machine = {"name": _FOURTH, "board": AGENT, "pin": _PIN}
    venue.bench.do("setup", reader=[{"name": _FOURTH, "link": link}], machine=[machine])
    file = venue.demo.layout.agent_config(AGENT)
    file.write_text(file.read_text() + _WIRING.format(name=_FOURTH, link=link, pin=_PIN))
    rules = {"certifications": [[CERTIFICATION]]}
    point = {"id": _FOURTH, "kind": "machine", "agent_id": AGENT, "requirement": rules}
    labels = {"name": {"fr": "Imprimante 4", "en": "Printer 4"}, "zone_id": "atelier"}
    venue.demo.api.call("POST", "/access-points", {**point, **labels, "commissioned": True})


def _first_tap(venue: Venue, badge: str) -> None:
    """Tap until the agent is running and has the new access point's rules. Raises BenchFailed."""
    end = time.monotonic() + _READY_WITHIN_S
    while time.monotonic() < end:
        venue.bench.do("tap", reader=_FOURTH, credential=badge)
        if any(
            event["machine"] == _FOURTH and event["closed"] for event in venue.bench.events(_POLL_S)
        ):
            return
    raise BenchFailed(f"{_FOURTH} was not switched on within {_READY_WITHIN_S:.0f} s")


def _wait_for_contactor(venue: Venue, machine: str, closed: bool) -> None:
    venue.bench.wait_for(lambda event: event["machine"] == machine and event["closed"] is closed)
