"""One relay of a Modbus board, always read back after writing; used by switches and strikes."""

import threading
from contextlib import suppress
from typing import Annotated

from msgspec import Meta

from devices.drivers.modbus.bus import LostReply, ModbusBus, PortMissing, shared_bus
from devices.drivers.remote_switch import RemoteSwitch
from devices.wiring import Context

Coil = Annotated[int, Meta(ge=0, le=65535, description="the relay's coil, 0 to 65535")]
Feedback = Annotated[
    int | None, Meta(description="discrete input of the contactor's auxiliary contact, 0 to 65535")
]
POLL_S = 1.0
CLOSE_S = 1.5
"""How long closing waits for the output to read as off."""


class ModbusRelay:
    """A relay as a device on the bus.

    After a lost reply to a write, the state that is read back counts.
    """

    poll_s = POLL_S

    def __init__(
        self,
        context: Context,
        line: tuple[str, int, str],
        unit: int,
        coil: int,
        feedback: int | None,
        *,
        holds: bool,
        strike: bool = False,
    ) -> None:
        """`line`: port, baud rate and parity. Raises DeviceError."""
        self._bus = shared_bus(context, *line)
        self._unit, self._coil = unit, coil
        self._feedback = feedback
        self._to_write: bool | None = None if context.take_up else False
        self._closed = False
        self._lock = threading.Lock()
        self.switch = RemoteSwitch(context, self._request, holds=holds, strike=strike)
        self._bus.attach(self)

    def turn(self, bus: ModbusBus) -> None:
        """See BusDevice."""
        with self._lock:
            to_write, self._to_write = self._to_write, None
        if to_write is not None:
            with suppress(LostReply):  # it may have switched anyway
                bus.write_coil(self._coil, to_write, self._unit)
        if self._feedback is None:
            on = bus.read_bit("coil", self._coil, self._unit)
        else:
            on = bus.read_bit("input", self._feedback, self._unit)
        self.switch.read_back(on)

    def on_failure(self, error: LostReply) -> None:
        """See BusDevice."""
        if isinstance(error, PortMissing):
            self.switch.set_unreachable(str(error))
        else:
            self.switch.tick(str(error))

    def close(self) -> None:
        """Switch off if it can be reached, and close."""
        if not self._closed:
            self._closed = True
            self.switch.close(CLOSE_S)
            self._bus.detach(self)

    def _request(self, on: bool) -> None:
        with self._lock:
            self._to_write = on
        self._bus.hurry(self)
