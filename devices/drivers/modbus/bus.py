"""A Modbus RTU bus that several devices of an agent share: one thread, one request at a time.

RTU frames have no number (Modbus over Serial Line 1.02, 2.5.1): after a lost reply the bus waits
for a while, so that a late reply is not taken for the next one.
"""

import logging
import threading
import time
from typing import Annotated, Any, Protocol

from msgspec import Meta

from devices.needs import Needs
from devices.ports import DeviceError
from devices.wiring import Context

SerialPort = Annotated[
    str, Meta(pattern="^/.+", description="a serial device's path, like /dev/ttyUSB0")
]
Baud = Annotated[int, Meta(ge=1200, le=115200, description="bits a second, 1200 to 115200")]
Parity = Annotated[str, Meta(pattern="^[NEO]$", description='"N" (none), "E" (even) or "O" (odd)')]
Unit = Annotated[int, Meta(ge=1, le=247, description="the device's address on the bus, 1 to 247")]
REPLY_S = 0.3
"""How long a device may take to answer."""
RETRY_S = 0.25
"""How long to wait before a device is asked again that did not answer."""
SLOWEST_S = RETRY_S + 4 * REPLY_S
"""Longest delay until a device is noticed as silent, while two addresses of its line are.

Each costs the time of a reply twice; each further silent address adds as much.
"""
MODBUS = Needs(modules=("pymodbus", "serial"), extra="modbus")


class LostReply(Exception):
    """No valid reply arrived; the command may or may not have been carried out."""


class PortMissing(LostReply):
    """The port itself is missing, so that waiting for a reply is pointless."""


class BusDevice(Protocol):
    """A device on the bus. Its methods are called on the bus's thread."""

    poll_s: float

    def turn(self, bus: "ModbusBus") -> None:
        """Send what must be sent now. Raises LostReply."""

    def on_failure(self, error: LostReply) -> None:
        """Handle that its turn ended with this error."""


class ModbusBus:
    """The bus: gives each device its turn, and opens the port again when it comes back."""

    def __init__(self, port: str, baud: int, parity: str) -> None:
        """Start. If the port is missing, the devices report the fault."""
        from pymodbus.client import ModbusSerialClient

        logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # the devices report faults, once
        self.line = (port, baud, parity)
        self._client: Any = ModbusSerialClient(
            port, baudrate=baud, parity=parity, timeout=REPLY_S, retries=0
        )
        self._due: dict[BusDevice, float] = {}
        self._silent_until_s: dict[int, float] = {}
        """By address that did not answer: until when its devices fail without waiting for a
        reply."""
        self._hurried = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=f"modbus {port}", daemon=True)
        self._thread.start()

    def attach(self, device: BusDevice) -> None:
        """Add a device; it gets turns from now on."""
        self.hurry(device)

    def detach(self, device: BusDevice) -> None:
        """Remove a device."""
        with self._hurried:
            self._due.pop(device, None)

    def hurry(self, device: BusDevice) -> None:
        """Give a device the next turn, without waiting for it; any thread may call this."""
        with self._hurried:
            self._due[device] = 0.0
            self._hurried.notify()

    def read_bit(self, table: str, address: int, unit: int) -> bool:
        """Read one coil or discrete input (functions 1 and 2). Raises LostReply."""
        name = "read_coils" if table == "coil" else "read_discrete_inputs"
        self._expect(unit)
        reply = self._ask(name, address, count=1, device_id=unit)
        return bool(reply.bits[0])

    def read_registers(self, table: str, address: int, count: int, unit: int) -> list[int]:
        """Read input or holding registers (functions 4 and 3), 16 bits each. Raises LostReply."""
        self._expect(unit)
        reply = self._ask(f"read_{table}_registers", address, count=count, device_id=unit)
        if len(reply.registers) != count:
            raise LostReply(f"unit {unit}: an answer of another length")
        return list(reply.registers)

    def write_coil(self, address: int, value: bool, unit: int) -> None:
        """Write one coil (function 5).

        Raises LostReply; then read it back, since it may have worked.
        """
        self._ask("write_coil", address, value, device_id=unit)

    def close(self) -> None:
        """Stop, and close the port."""
        with self._hurried:
            self._stopping = True
            self._hurried.notify()
        self._thread.join()
        self._client.close()

    def _expect(self, unit: int) -> None:
        """Raise LostReply at once if that address was silent just before.

        Otherwise the eight relays of a missing board would each wait for a reply.
        """
        if time.monotonic() < self._silent_until_s.get(unit, 0.0):
            raise LostReply(f"unit {unit} on {self.line[0]}: no answer")

    def _ask(self, name: str, *args: Any, **more: Any) -> Any:
        from pymodbus.exceptions import ConnectionException, ModbusException

        unit = more["device_id"]
        try:
            reply = getattr(self._client, name)(*args, **more)
        except ConnectionException as error:
            self._client.close()
            raise PortMissing(f"{self.line[0]}: not there") from error
        except (ModbusException, OSError) as error:
            time.sleep(REPLY_S)
            self._silent_until_s[unit] = time.monotonic() + RETRY_S
            raise LostReply(f"unit {unit} on {self.line[0]}: no answer") from error
        self._silent_until_s.pop(unit, None)
        if reply.isError():
            code = getattr(reply, "exception_code", 0)
            raise LostReply(f"unit {unit} on {self.line[0]}: refused with Modbus exception {code}")
        if type(reply).__name__ != _REPLIES[name]:
            raise LostReply(f"unit {unit} on {self.line[0]}: an answer to another request")
        return reply

    def _run(self) -> None:
        while (device := self._wait_for_device()) is not None:
            try:
                device.turn(self)
                pause_s = device.poll_s
            except LostReply as error:
                device.on_failure(error)
                pause_s = RETRY_S
            with self._hurried:
                if self._due.get(device):
                    self._due[device] = time.monotonic() + pause_s

    def _wait_for_device(self) -> BusDevice | None:
        """Wait for the next turn and return its device; None: the bus is closed."""
        with self._hurried:
            while not self._stopping:
                device = min(self._due, key=self._due.__getitem__, default=None)
                now_s = time.monotonic()
                left_s = None if device is None else self._due[device] - now_s
                if device is not None and left_s is not None and left_s <= 0:
                    self._due[device] = now_s
                    return device
                self._hurried.wait(left_s)
            return None


_REPLIES = {
    "read_coils": "ReadCoilsResponse",
    "read_discrete_inputs": "ReadDiscreteInputsResponse",
    "read_input_registers": "ReadInputRegistersResponse",
    "read_holding_registers": "ReadHoldingRegistersResponse",
    "write_coil": "WriteSingleCoilResponse",
}


def shared_bus(context: Context, port: str, baud: int, parity: str) -> ModbusBus:
    """Return the agent's bus on that port. Raises DeviceError if it is open with other settings."""
    bus = context.shared.get(("modbus", port), lambda: ModbusBus(port, baud, parity))
    if bus.line != (port, baud, parity):
        settings = "{1} baud, parity {2}".format(*bus.line)
        raise DeviceError(f"{context.device}: {port} is open with {settings} for another device")
    return bus
