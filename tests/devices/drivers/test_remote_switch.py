"""What is wanted of a switch at the end of a wire, and what is done about it, in simulated time."""

from contextlib import suppress
from queue import SimpleQueue

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.drivers.remote_switch import AGAIN_S, OBEY_S, SILENT_S, RemoteSwitch
from devices.ports import (
    DeviceError,
    DeviceEvent,
    Fault,
    FaultCleared,
    FaultKind,
    SwitchReported,
    SwitchState,
)
from devices.wiring import Context


class Bench:
    """A switch whose clock and answers the test gives."""

    def __init__(self, *, holds: bool = False, strike: bool = False, take_up: bool = False) -> None:
        self.now_s = 100.0
        self.sent: list[bool] = []
        self.told: SimpleQueue[DeviceEvent] = SimpleQueue()
        context = Context("d", self.told.put, take_up=take_up)
        self.switch = RemoteSwitch(
            context, self.sent.append, holds=holds, strike=strike, clock=lambda: self.now_s
        )

    def events(self) -> list[object]:
        """What was told since, without times."""
        found: list[object] = []
        while not self.told.empty():
            event = self.told.get()
            match event:
                case Fault():
                    found.append(event.kind)
                case FaultCleared():
                    found.append(("cleared", event.kind))
                case SwitchReported():
                    found.append(event.state)
        return found

    def wait(self, seconds: float) -> None:
        self.now_s += seconds


def test_what_reads_as_before_is_asked_again_and_then_a_fault() -> None:
    bench = Bench()
    bench.switch.read_back(False)
    bench.switch.request(True)
    bench.wait(AGAIN_S + 0.1)
    bench.switch.read_back(False)
    assert bench.sent == [True, True]
    bench.events()
    bench.wait(OBEY_S)
    bench.switch.read_back(False)
    assert bench.events() == [FaultKind.SWITCH_UNREACHABLE]
    assert bench.sent[-1] is False, "it must not come on later"


def test_an_answer_that_is_older_than_the_command_is_no_drop() -> None:
    bench = Bench()
    bench.switch.read_back(False)
    bench.switch.request(True)
    bench.switch.read_back(False)
    bench.switch.read_back(True)
    assert bench.switch.state() is SwitchState.ON
    assert bench.events() == [SwitchState.OFF, SwitchState.ON]


def test_a_held_switch_out_of_reach_goes_on_being_wanted_as_it_was() -> None:
    bench = Bench(holds=True)
    bench.switch.request(True)
    bench.switch.read_back(True)
    bench.wait(SILENT_S + 0.1)
    bench.switch.tick()
    bench.events()
    bench.switch.read_back(True)
    assert bench.events() == [("cleared", FaultKind.SWITCH_UNREACHABLE), SwitchState.ON]
    assert bench.sent == [True]


def test_a_switch_that_is_taken_up_is_told_nothing() -> None:
    bench = Bench(take_up=True)
    bench.switch.reachable()
    bench.switch.read_back(True)
    bench.switch.read_back(True)
    assert bench.sent == []
    bench.switch.read_back(False)
    assert bench.events() == [SwitchState.ON, FaultKind.SWITCH_DROPPED, SwitchState.OFF]


def test_a_strikes_current_that_went_comes_back() -> None:
    bench = Bench(strike=True, holds=True)
    bench.switch.request(True)
    bench.switch.read_back(True)
    bench.switch.read_back(False)
    assert bench.sent == [True, True]


STEPS = st.one_of(
    st.tuples(st.just("request"), st.booleans()),
    st.tuples(st.just("read_back"), st.booleans()),
    st.tuples(st.just("wait"), st.floats(min_value=0, max_value=5)),
    st.sampled_from(
        [("set_unreachable", True), ("drop", True), ("tick", True), ("reachable", True)]
    ),
)


@given(st.lists(STEPS, max_size=60))
def test_on_is_only_sent_for_an_on_that_was_asked_and_not_taken_back(
    steps: list[tuple[str, float]],
) -> None:
    bench = Bench()
    may_be_on, was_on = False, False
    for what, value in steps:
        before = len(bench.sent)
        match what:
            case "request":
                try:
                    bench.switch.request(bool(value))
                    may_be_on, was_on = bool(value), False
                except DeviceError:
                    may_be_on = False
            case "read_back":
                bench.switch.read_back(bool(value))
                may_be_on = may_be_on and not (was_on and not value)
                was_on = was_on or (may_be_on and bool(value))
            case "wait":
                bench.wait(value)
            case "set_unreachable":
                bench.switch.set_unreachable("gone")
                may_be_on = False
            case "drop":
                bench.switch.drop("restarted")
                may_be_on = False
            case "tick":
                bench.switch.tick()
                may_be_on = may_be_on and bench.switch.wanted_on
            case "reachable":
                bench.switch.reachable()
        assert not any(bench.sent[before:]) or may_be_on, (what, value)


@given(st.lists(STEPS, max_size=60))
def test_whatever_happened_it_ends_off_when_off_is_asked_and_the_output_obeys(
    steps: list[tuple[str, float]],
) -> None:
    bench = Bench()
    for what, value in steps:
        if what == "wait":
            bench.wait(value)
        elif what in ("request", "read_back"):
            try:
                getattr(bench.switch, what)(bool(value))
            except DeviceError:
                continue
        elif what in ("set_unreachable", "drop"):
            getattr(bench.switch, what)("why")
    on = True
    del bench.sent[:]
    with suppress(DeviceError):
        bench.switch.request(False)
    for _ in range(5):
        bench.wait(1.0)
        bench.switch.read_back(on)
        on = bench.sent[-1] if bench.sent else on
    assert on is False
    assert bench.switch.state() is SwitchState.OFF
    bench.wait(SILENT_S + 0.1)
    bench.switch.tick()
    with pytest.raises(DeviceError, match=r"^d: no answer"):
        bench.switch.request(True)
