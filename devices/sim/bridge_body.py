"""The hardware of the simulated microcontroller: relays with their times, inputs, E-stop, ADC."""

from collections.abc import Callable
from typing import Any

from devices.sim.levels import Levels
from devices.sim.specs import BridgeSpec
from firmware_bridge.codes import ESTOP_INPUT, INPUTS, RELAYS, FaultCode, Flag, Reason, Type
from firmware_bridge.messages import FaultEvent, InputEvent, Status

RELAY_PINS = range(RELAYS)
INPUT_PINS = range(RELAYS, RELAYS + INPUTS)
ESTOP_PIN = INPUT_PINS.stop
MAINS_V = 230.0
ADC_VOLTS = 5.0
SendEvent = Callable[[Type, bytes], None]
"""Sends an event frame of this type with this body."""


class BridgeBody:
    """Relays open when their time is over; the E-stop opens all, and latches."""

    def __init__(
        self,
        spec: BridgeSpec,
        levels: Levels,
        watts: Callable[[str], float | None],
        send_event: SendEvent,
    ) -> None:
        self._spec, self._levels, self._watts, self._send_event = spec, levels, watts, send_event
        self._until: dict[int, float] = {}
        self._latched = False
        self._started = 0.0
        self.edges = [0] * (INPUTS + 1)
        self.faults = 0

    @property
    def flags(self) -> Flag:
        """The E-stop's flags: pressed and latched."""
        pressed = Flag.ESTOP_PRESSED if self._level(ESTOP_PIN) else Flag(0)
        return pressed | (Flag.ESTOP_LATCHED if self._latched else Flag(0))

    @property
    def deadline(self) -> float | None:
        """When the next relay's time is over."""
        return min(self._until.values(), default=None)

    def uptime_ms(self, at: float) -> int:
        """Return the milliseconds since the reset."""
        return int((at - self._started) * 1000)

    def reset(self, at: float) -> None:
        """Reset; outputs are switched off before anything else."""
        self._until.clear()
        for pin in RELAY_PINS:
            self._levels.configure(self._key(pin), "out", "floating", 0.0, at)
        for pin in INPUT_PINS:
            self._levels.configure(self._key(pin), "in", "up", 0.0, at)
        self._levels.configure(self._key(ESTOP_PIN), "in", "down", 0.0, at)
        self._started, self.faults = at, 0
        self.edges = [0] * (INPUTS + 1)
        if self._level(ESTOP_PIN):
            self._latch_estop(at)

    def hold(self, mask: int, seconds: float, at: float, *, renew: bool) -> Reason | None:
        """Close relays for that time, or extend the time of closed ones."""
        if self._latched or self._level(ESTOP_PIN):
            return Reason.ESTOP
        relays = [relay for relay in RELAY_PINS if mask >> relay & 1]
        if renew and any(self._until.get(relay, at) <= at for relay in relays):
            return Reason.EXPIRED
        for relay in relays:
            self._until[relay] = at + seconds
            self._levels.write(self._key(relay), 1.0, at)
        return None

    def open(self, mask: int, at: float) -> None:
        """Open relays."""
        for relay in RELAY_PINS:
            if mask >> relay & 1:
                self._until.pop(relay, None)
                self._levels.write(self._key(relay), 0.0, at)

    def unlatch(self) -> Reason | None:
        """Clear the E-stop's latch, once it is released."""
        if self._level(ESTOP_PIN):
            return Reason.ESTOP_PRESSED
        self._latched = False
        self.faults &= ~(1 << FaultCode.ESTOP)
        return None

    def tick(self, at: float) -> None:
        """Open the relays whose time is over."""
        for relay, until in list(self._until.items()):
            if at >= until:
                self.open(1 << relay, at)
                self._fault(FaultCode.EXPIRED)

    def edge(self, pin: int, level: float, at: float) -> None:
        """Count a change on an input pin and report it; other pins are ignored."""
        if pin not in INPUT_PINS and pin != ESTOP_PIN:
            return
        number = ESTOP_INPUT if pin == ESTOP_PIN else pin - INPUT_PINS.start
        if pin == ESTOP_PIN and level >= 0.5:
            self._latch_estop(at)
        self.edges[number] = (self.edges[number] + 1) % (1 << 16)
        event = InputEvent(number, level >= 0.5, self.edges[number], self.uptime_ms(at))
        self._send_event(Type.INPUT, event.pack())

    def status(self, at: float) -> Status:
        """Return the outputs as set and as read, the inputs, and the remaining times."""
        left = [max(0.0, self._until.get(relay, at) - at) for relay in RELAY_PINS]
        return Status(
            outputs=sum(1 << relay for relay in self._until),
            pins=sum(1 << relay for relay in RELAY_PINS if self._level(relay)),
            inputs=sum(1 << k for k, pin in enumerate(INPUT_PINS) if self._level(pin)),
            flags=self.flags,
            faults=self.faults,
            uptime_ms=self.uptime_ms(at),
            left_ms=tuple(int(seconds * 1000) for seconds in left),
        )

    def measured(self) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
        """Return RMS and mean in sixteenths of an ADC step, peak in steps, of both channels.

        The mean is the bias at half of the 1024 steps; without a meter there is none.
        """
        machines = (*self._spec.adc, "", "")
        measured_rms = (self._rms(machines[0]), self._rms(machines[1]))
        rms = (measured_rms[0] or 0, measured_rms[1] or 0)
        mean = (0 if measured_rms[0] is None else 8192, 0 if measured_rms[1] is None else 8192)
        return rms, mean, (rms[0] * 3 // 32, rms[1] * 3 // 32)  # a peak of 1.5 times the RMS

    def state(self, at: float) -> dict[str, Any]:
        """Return the state, for people."""
        return {
            "relays": [bool(self._level(relay)) for relay in RELAY_PINS],
            "left_s": [round(max(0.0, self._until.get(r, at) - at), 3) for r in RELAY_PINS],
            "inputs": [bool(self._level(pin)) for pin in INPUT_PINS],
            "estop": bool(self.flags & Flag.ESTOP_PRESSED),
            "latched": self._latched,
        }

    def _rms(self, machine: str) -> int | None:
        watts = self._watts(machine)
        if watts is None:
            return None
        volts = watts / MAINS_V / self._spec.amps_per_volt
        return min(round(volts / ADC_VOLTS * 1024 * 16), 0x1FFF)

    def _latch_estop(self, at: float) -> None:
        self.open((1 << RELAYS) - 1, at)
        self._latched = True
        self._fault(FaultCode.ESTOP)

    def _fault(self, code: FaultCode) -> None:
        self.faults |= 1 << code
        self._send_event(Type.FAULT, FaultEvent(code, self.flags, self.faults).pack())

    def _level(self, pin: int) -> bool:
        return self._levels.level(self._key(pin)) >= 0.5

    def _key(self, pin: int) -> tuple[str, int]:
        return self._spec.name, pin
