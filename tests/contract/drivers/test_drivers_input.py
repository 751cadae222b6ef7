"""Inputs: debounced in software, whatever the pins do."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from devices.ports import Input, InputChanged
from devices.registry import INPUT, wire
from devices.sim.client import SimBench
from devices.wiring import Context
from tests.contract.drivers.rig import BOARD, Events

Make = Callable[[str], Context]
Open = Callable[..., Input]


@pytest.fixture
def contact(context: Make) -> Iterator[Open]:
    """Opens one input, and closes it at the end."""
    made: list[Input] = []

    def open_one(**options: Any) -> Input:
        made.append(wire(INPUT, {"driver": "gpio", **options}, "here").open(context("in")))
        return made[0]

    yield open_one
    made[0].close()


def test_a_button_to_ground(bench: SimBench, contact: Open, events: Events) -> None:
    rex = contact(pin=23)
    assert rex.active() is False
    bench.do("press", contact="rex", active=True)
    assert events.next(InputChanged).active
    assert rex.active() is True
    bench.do("press", contact="rex", active=False)
    assert events.next(InputChanged).active is False


def test_a_contact_closed_at_rest_is_active_when_its_wire_breaks(
    bench: SimBench, contact: Open, events: Events
) -> None:
    estop = contact(pin=22, active="high")
    assert estop.active() is False
    bench.do("drive", board=BOARD, pin=22, level=None)
    assert events.next(InputChanged).active


def test_what_is_active_at_the_start_is_known_at_once(bench: SimBench, contact: Open) -> None:
    bench.do("press", contact="estop", active=True)
    assert contact(pin=22, active="high").active() is True


@pytest.mark.parametrize(("pull", "active"), [("down", "high"), ("none", "high"), ("none", "low")])
def test_pulls(pull: str, active: str, bench: SimBench, contact: Open, events: Events) -> None:
    level = float(active == "high")
    bench.do("drive", board=BOARD, pin=9, level=1 - level)
    button = contact(pin=9, pull=pull, active=active)
    assert button.active() is False
    bench.do("drive", board=BOARD, pin=9, level=level)
    assert events.next(InputChanged).active


def test_a_bouncing_contact_changes_once(bench: SimBench, contact: Open, events: Events) -> None:
    contact(pin=23, debounce_ms=300)
    for level in (0, 1, 0, 1, 0, 1, 0):
        bench.do("drive", board=BOARD, pin=23, level=level)
    assert events.next(InputChanged).active
    for level in (1, 0, 1, 0, 1):
        bench.do("drive", board=BOARD, pin=23, level=level)
    assert events.next(InputChanged).active is False


def test_a_spike_changes_nothing(bench: SimBench, contact: Open, events: Events) -> None:
    rex = contact(pin=23, debounce_ms=300)
    for level in (0, 1):
        bench.do("drive", board=BOARD, pin=23, level=level)
    bench.do("press", contact="rex", active=True)
    change = events.next(InputChanged)
    assert change.active
    assert rex.active()
    assert events.queue.empty()
