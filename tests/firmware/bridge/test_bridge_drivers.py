"""The drivers `bridge` against the shipped firmware on a simulated ATmega328P."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from devices.ports import (
    CredentialRead,
    DeviceError,
    Fault,
    FaultCleared,
    FaultKind,
    FrameRejected,
    InputChanged,
    MeterReading,
    MeterSampled,
    PowerSwitch,
    SwitchReported,
    SwitchState,
)
from devices.registry import INPUT, METER, POWER, READER
from firmware_bridge.wiegand import frame_bits
from tests.contract.drivers.rig import Events
from tests.firmware.bridge.mcu import CYCLES_PER_MS, ESTOP, RELAY, WAIT_S, Mcu

pytestmark = pytest.mark.needs("avr-gcc")
Open = Callable[..., Any]
TTL_MS, LATE_MS = 2000, 20
APART_US = 100_000
"""From one frame to the next: a reader never sends one as soon as another has been told."""


def reported(events: Events, state: SwitchState) -> None:
    """Wait until the switch has been read back so."""
    events.first(SwitchReported, lambda event: event.state is state, WAIT_S)


def fault(events: Events, kind: FaultKind) -> Fault:
    """The next fault of that kind."""
    return events.first(Fault, lambda event: event.kind is kind, WAIT_S)


@pytest.fixture
def power(mcu: Mcu, opened: Open, events: Events) -> PowerSwitch:
    """Relay 0 with its contactor, read back as off."""
    mcu.has_contactor = True
    options = {"relay": 0, "ttl_ms": TTL_MS, "sense_input": 0, "sense_settle_ms": 2000}
    switch: PowerSwitch = opened(POWER, "power", **options)
    reported(events, SwitchState.OFF)
    return switch


@contextmanager
def renewed(switch: PowerSwitch) -> Iterator[None]:
    """The agent's loop, as alive as the switch asks."""
    stop = threading.Event()

    def loop() -> None:
        while not stop.wait(switch.capabilities.renew_s):
            switch.keep_alive()

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_power_is_known_only_once_it_was_read_back_and_stays_while_renewed(
    mcu: Mcu, power: PowerSwitch, events: Events
) -> None:
    power.on()
    with renewed(power):
        assert events.next(SwitchReported, WAIT_S).state is SwitchState.UNKNOWN
        assert events.next(SwitchReported, WAIT_S).state is SwitchState.ON
        began = mcu.relay(1)["cycle"]
        while mcu.now() < began + 2 * TTL_MS * CYCLES_PER_MS:
            assert mcu.relay_is_closed()
        assert power.state() is SwitchState.ON
        power.off()
        mcu.relay(0)
        reported(events, SwitchState.OFF)


def test_a_grant_before_the_first_word_is_carried_out_if_it_comes_in_time(
    mcu: Mcu, opened: Open
) -> None:
    switch: PowerSwitch = opened(POWER, "power", relay=0, ttl_ms=5000)
    switch.on()
    with renewed(switch):
        mcu.relay(1)


def test_without_renewal_power_ends_in_time_and_for_good(
    mcu: Mcu, power: PowerSwitch, events: Events
) -> None:
    power.on()
    closed = mcu.relay(1)["cycle"]
    opened = mcu.relay(0)["cycle"]
    assert (opened - closed) / CYCLES_PER_MS <= TTL_MS + LATE_MS
    assert "not renew" in fault(events, FaultKind.SWITCH_DROPPED).detail
    since = len(mcu.lines)
    power.keep_alive()
    reported(events, SwitchState.OFF)
    mcu.now()
    assert not [line for line in mcu.lines[since:] if line.get("pin") == RELAY]
    power.on()
    mcu.relay(1, since)
    events.first(FaultCleared, lambda cleared: cleared.kind is FaultKind.SWITCH_DROPPED, WAIT_S)


@pytest.mark.parametrize("command", ["reset", "hang dead", "off"])
def test_a_microcontroller_that_fails_is_a_named_fault_and_comes_back_open(
    command: str, mcu: Mcu, power: PowerSwitch, events: Events
) -> None:
    boot = power.boot
    power.on()
    with renewed(power):
        reported(events, SwitchState.ON)
        mcu.do(command)
        mcu.relay(0)
        events.first(Fault, lambda event: event.device == "power", WAIT_S)
        since = len(mcu.lines)
        if command == "off":
            mcu.do("on")
        reported(events, SwitchState.OFF)
        assert power.boot not in (None, boot)
        assert not [line for line in mcu.lines[since:] if line.get("pin") == RELAY]
        power.on()
        reported(events, SwitchState.ON)


def test_a_pulled_cable_opens_the_relay_and_power_stays_off_when_it_is_back(
    mcu: Mcu, power: PowerSwitch, events: Events
) -> None:
    power.on()
    with renewed(power):
        reported(events, SwitchState.ON)
        mcu.do("unplug")
        fault(events, FaultKind.SWITCH_UNREACHABLE)
        assert power.state() is SwitchState.UNKNOWN
        with pytest.raises(DeviceError, match=r"^power: .*ttyBridge"):
            power.on()
        since = len(mcu.lines)
        mcu.do("plug")
        reported(events, SwitchState.OFF)
        assert not [line for line in mcu.lines[since:] if line.get("level") == 1]


def test_a_contact_that_stays_closed_is_a_welded_contactor(
    mcu: Mcu, power: PowerSwitch, events: Events
) -> None:
    power.on()
    with renewed(power):
        reported(events, SwitchState.ON)
        mcu.has_contactor = False
        power.off()
        fault(events, FaultKind.SWITCH_WELDED)
        assert power.state() is SwitchState.ON
        mcu.do("pin D7 1")
        events.first(FaultCleared, lambda cleared: cleared.kind is FaultKind.SWITCH_WELDED, WAIT_S)


def test_a_contactor_that_does_not_follow_is_dropped(
    mcu: Mcu, opened: Open, events: Events
) -> None:
    switch: PowerSwitch = opened(POWER, "power", relay=0, ttl_ms=TTL_MS, sense_input=0)
    reported(events, SwitchState.OFF)
    switch.on()
    with renewed(switch):
        assert "auxiliary contact is open" in fault(events, FaultKind.SWITCH_DROPPED).detail
        mcu.relay(0)


def test_the_estop_cuts_alone_and_a_new_grant_ends_its_latch_once_it_is_released(
    mcu: Mcu, power: PowerSwitch, opened: Open, events: Events
) -> None:
    estop = opened(INPUT, "inputs.estop", input=8)
    events.first(InputChanged, timeout_s=WAIT_S)
    assert estop.active() is False
    power.on()
    with renewed(power):
        reported(events, SwitchState.ON)
        mcu.do(f"pin {ESTOP} 1")
        assert events.first(InputChanged, timeout_s=WAIT_S).active
        mcu.relay(0)
        assert "E-stop" in fault(events, FaultKind.SWITCH_DROPPED).detail
        reported(events, SwitchState.OFF)
        since = len(mcu.lines)
        power.on()
        reported(events, SwitchState.OFF)
        mcu.do(f"pin {ESTOP} 0")
        assert events.first(InputChanged, timeout_s=WAIT_S).active is False
        assert not [line for line in mcu.lines[since:] if line.get("pin") == RELAY]
        power.on()
        reported(events, SwitchState.ON)


def test_an_estop_that_was_pressed_while_no_agent_watched_is_told_as_pressed(
    mcu: Mcu, opened: Open, events: Events
) -> None:
    """Or the agent, which has latched nothing, would end the latch with its next grant."""
    mcu.do(f"pin {ESTOP} 1")
    mcu.wait(lambda line: line.get("frame", "")[4:6] == "93")
    since = len(mcu.lines)
    mcu.do(f"pin {ESTOP} 0")
    mcu.wait(lambda line: line.get("frame", "")[4:6] == "91", since)
    estop = opened(INPUT, "inputs.estop", input=8)
    told = [events.first(InputChanged, timeout_s=WAIT_S).active for _ in range(2)]
    assert (told, estop.active()) == ([True, False], False)


def test_a_latched_estop_that_the_agent_does_not_watch_is_not_reset_by_a_grant(
    mcu: Mcu, power: PowerSwitch, events: Events
) -> None:
    power.on()
    reported(events, SwitchState.ON)
    mcu.do(f"pin {ESTOP} 1")
    fault(events, FaultKind.SWITCH_DROPPED)
    reported(events, SwitchState.OFF)
    mcu.do(f"pin {ESTOP} 0")
    mcu.now()
    since = len(mcu.lines)
    power.on()
    reported(events, SwitchState.OFF)
    assert not [line for line in mcu.lines[since:] if line.get("pin") == RELAY]


def test_a_latched_estop_is_not_reset_by_a_grant_of_another_machine(
    mcu: Mcu, opened: Open, events: Events
) -> None:
    estop = opened(INPUT, "laser/inputs.estop", input=8)
    saw: PowerSwitch = opened(POWER, "saw/power", relay=0, ttl_ms=TTL_MS)
    events.first(InputChanged, lambda event: event.active is False, WAIT_S)
    mcu.do(f"pin {ESTOP} 1")
    events.first(InputChanged, lambda event: event.active is True, WAIT_S)
    mcu.do(f"pin {ESTOP} 0")
    events.first(InputChanged, lambda event: event.active is False, WAIT_S)
    assert estop.active() is False
    since = len(mcu.lines)
    saw.on()
    reported(events, SwitchState.OFF)
    assert not [line for line in mcu.lines[since:] if line.get("pin") == RELAY]
    laser: PowerSwitch = opened(POWER, "laser/power", relay=1, ttl_ms=TTL_MS)
    laser.on()
    reported(events, SwitchState.ON)


def test_no_short_press_of_a_button_is_missed(mcu: Mcu, opened: Open, events: Events) -> None:
    opened(INPUT, "door/inputs.rex", input=1)
    assert events.first(InputChanged, timeout_s=WAIT_S).active is False
    for press in range(10):
        mcu.do(f"at {press * 20_000} pin B0 0")
        mcu.do(f"at {press * 20_000 + 10_000} pin B0 1")
    told = [events.first(InputChanged, timeout_s=WAIT_S).active for _ in range(20)]
    assert told == [True, False] * 10


def test_an_input_out_of_reach_is_unknown(mcu: Mcu, opened: Open, events: Events) -> None:
    opened(INPUT, "inputs.interlock", input=1)
    assert events.first(InputChanged, timeout_s=WAIT_S).active is True
    mcu.do("unplug")
    assert events.first(InputChanged, timeout_s=WAIT_S).active is None
    fault(events, FaultKind.INPUT_UNREACHABLE)
    mcu.do("pin B0 0")
    mcu.do("plug")
    assert events.first(InputChanged, timeout_s=WAIT_S).active is False


@pytest.mark.parametrize(
    ("bits", "number", "credential"),
    [(26, 0x29D5AB, "wg26:29D5AB"), (34, 0x04A1B2C3, "uid:04A1B2C3"), (37, 7, "wg37:000000007")],
)
def test_wiegand_badges_are_read_and_parity_is_never_guessed(
    bits: int, number: int, credential: str, mcu: Mcu, opened: Open, events: Events
) -> None:
    opened(READER, "reader", reader=0, number="uid")
    opened(INPUT, "up", input=5)
    events.first(InputChanged, timeout_s=WAIT_S)
    text = f"{int.from_bytes(frame_bits(number, bits), 'big'):b}".zfill((bits + 7) // 8 * 8)[:bits]
    mcu.do(f"wiegand 0 {text}")
    assert events.first(CredentialRead, timeout_s=WAIT_S).credential == credential
    for position in (0, bits // 2, bits - 1):
        wrong = text[:position] + "10"[int(text[position])] + text[position + 1 :]
        mcu.do(f"at {APART_US} wiegand 0 {wrong}")
        assert "parity" in events.first(FrameRejected, timeout_s=WAIT_S).detail


def test_a_meter_reads_true_rms_and_a_missing_transformer_is_unknown(
    mcu: Mcu, opened: Open, events: Events
) -> None:
    mcu.do("adc 6 2500 1000 50")
    opened(METER, "meter", adc=0, amps_per_volt=10.0)

    def about_seven_amperes(event: MeterSampled) -> bool:
        return event.reading.amps is not None and abs(event.reading.amps - 7.07) < 0.15

    events.first(MeterSampled, about_seven_amperes, WAIT_S)
    mcu.do("adc 6 0")
    assert "bias" in fault(events, FaultKind.METER_SILENT).detail
    events.first(MeterSampled, lambda event: event.reading == MeterReading(), WAIT_S)
    mcu.do("adc 6 2500 1000 50")
    events.first(MeterSampled, about_seven_amperes, WAIT_S)
