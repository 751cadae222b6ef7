"""Inputs: debounced in software, whatever the pins do; what is not known is said to be so."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from controller.settings import SettingsError
from devices.ports import Fault, FaultCleared, FaultKind, Input, InputChanged
from devices.registry import INPUT, wire
from devices.sim.client import SimBench
from devices.wiring import Context
from tests.contract.drivers.rig import BOARD, Events

Make = Callable[[str], Context]
Open = Callable[..., Input]
WAIT_S = 180.0


@pytest.fixture
def contact(context: Make) -> Iterator[Open]:
    """Opens one input, and closes it at the end."""
    made: list[Input] = []

    def open_one(name: str = "rex", **options: Any) -> Input:
        wired = wire(INPUT, {"driver": "gpio", **options}, "here")
        made.append(wired.open(context(f"door/inputs.{name}")))
        return made[0]

    yield open_one
    made[0].close()


def _next(events: Events) -> bool | None:
    return events.next(InputChanged, WAIT_S).active


def test_a_button_to_ground(bench: SimBench, contact: Open, events: Events) -> None:
    rex = contact(pin=23)
    assert _next(events) is False
    bench.do("press", contact="rex", active=True)
    assert _next(events)
    assert rex.active() is True
    bench.do("press", contact="rex", active=False)
    assert _next(events) is False


@pytest.mark.parametrize("name", ["estop", "interlock-lid", "fire", "contact", "lid"])
def test_every_other_input_is_closed_at_rest_and_active_when_its_wire_breaks(
    name: str, bench: SimBench, contact: Open, events: Events
) -> None:
    contact(name, pin=22)
    assert _next(events) is False
    bench.do("drive", board=BOARD, pin=22, level=None)
    assert _next(events) is True


def test_a_pull_down_turns_what_a_broken_wire_gives(
    bench: SimBench, contact: Open, events: Events
) -> None:
    bench.do("drive", board=BOARD, pin=9, level=1)
    contact("estop", pin=9, pull="down")
    assert _next(events) is False
    bench.do("drive", board=BOARD, pin=9, level=None)
    assert _next(events) is True


def test_without_a_pull_of_ours_the_wiring_must_say_what_is_active() -> None:
    with pytest.raises(SettingsError, match=r'here.active: must be "low" or "high" where pull'):
        wire(INPUT, {"driver": "gpio", "pin": 9, "pull": "none"}, "here")


def test_nothing_is_known_until_a_level_has_lasted(
    bench: SimBench, contact: Open, events: Events
) -> None:
    bench.do("press", contact="estop", active=True)
    opened_s = time.monotonic()
    estop = contact("estop", pin=22, debounce_ms=1000)
    assert estop.active() is None
    first = events.next(InputChanged, WAIT_S)
    assert first.active is True
    assert first.mono_s - opened_s >= 1.0
    assert estop.active() is True


@pytest.mark.parametrize(("pull", "active"), [("down", "high"), ("none", "high"), ("none", "low")])
def test_pulls(pull: str, active: str, bench: SimBench, contact: Open, events: Events) -> None:
    level = float(active == "high")
    bench.do("drive", board=BOARD, pin=9, level=1 - level)
    contact(pin=9, pull=pull, active=active)
    assert _next(events) is False
    bench.do("drive", board=BOARD, pin=9, level=level)
    assert _next(events) is True


def test_a_bouncing_contact_changes_once_each_way(
    bench: SimBench, contact: Open, events: Events
) -> None:
    contact(pin=23, debounce_ms=300)
    assert _next(events) is False
    for level in (0, 1, 0, 1, 0, 1, 0):
        bench.do("drive", board=BOARD, pin=23, level=level)
    assert _next(events) is True
    for level in (1, 0, 1, 0, 1):
        bench.do("drive", board=BOARD, pin=23, level=level)
    assert _next(events) is False


def test_a_spike_changes_nothing(bench: SimBench, contact: Open, events: Events) -> None:
    rex = contact(pin=23, debounce_ms=300)
    assert _next(events) is False
    for level in (0, 1):
        bench.do("drive", board=BOARD, pin=23, level=level)
    bench.do("press", contact="rex", active=True)
    assert _next(events) is True
    assert rex.active()
    assert events.queue.empty()


def test_a_contact_that_bounces_without_end_is_a_fault_until_it_rests(
    bench: SimBench, contact: Open, events: Events
) -> None:
    estop = contact("estop", pin=22, debounce_ms=100)
    assert _next(events) is False
    fault = _bounce(bench, events)
    assert fault.kind is FaultKind.INPUT_UNREACHABLE
    assert fault.detail == "the contact bounces without end"
    events.first(InputChanged, lambda change: change.active is None, WAIT_S)
    assert estop.active() is None
    bench.do("drive", board=BOARD, pin=22, level=0)
    assert events.next(FaultCleared, WAIT_S).kind is FaultKind.INPUT_UNREACHABLE
    assert _next(events) is False


def _bounce(bench: SimBench, events: Events) -> Fault:
    """Bounce until it is told; changes told on the way mean that this test was too slow at it."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        for level in (0, 1):
            bench.do("drive", board=BOARD, pin=22, level=level)
        while not events.queue.empty():
            event = events.queue.get()
            if isinstance(event, Fault):
                return event
    pytest.fail("no fault for a contact that bounces without end")
