"""A Modbus RTU bus that several devices of an agent share: one thread, one question at a time.

RTU frames carry no number (Modbus over Serial Line 1.02, 2.5.1): after a lost reply the bus stays
still for a while, so that a late one is not taken for the next answer.
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
SLOWEST_S = RETRY_S + 4 * REPLY_S
"""How late a device may learn that it is silent while two addresses of its line are: each costs an
answer's time and as much stillness. Each further one adds as much.
"""
MODBUS = Needs(modules=("pymodbus", "serial"), extra="modbus")


class LostReply(Exception):
    """No valid reply arrived; the command may or may not have been carried out."""


class PortGone(LostReply):
    """The port itself is not there, so that waiting for an answer is no use."""


class Station(Protocol):
    """A device on the bus. Its methods run on the bus's thread."""

    poll_s: float

    def turn(self, bus: "ModbusBus") -> None:
        """Ask what is to be asked now. Raises LostReply."""

    def failed(self, error: LostReply) -> None:
        """Its turn ended in that."""


class ModbusBus:
    """Gives each device its turn, and opens the port again when it comes back."""

    def __init__(self, port: str, baud: int, parity: str) -> None:
        """Start; a port that isn't there is the devices' fault to tell."""
        from pymodbus.client import ModbusSerialClient

        logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # our faults say it, once
        self.line = (port, baud, parity)
        self._client: Any = ModbusSerialClient(
            port, baudrate=baud, parity=parity, timeout=REPLY_S, retries=0
        )
        self._due: dict[Station, float] = {}
        self._silent_until_s: dict[int, float] = {}
        """Of each address that did not answer: its other devices need not wait for it too."""
        self._hurried = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=f"modbus {port}", daemon=True)
        self._thread.start()

    def attach(self, station: Station) -> None:
        """Give it turns from now on."""
        self.hurry(station)

    def detach(self, station: Station) -> None:
        """No more turns."""
        with self._hurried:
            self._due.pop(station, None)

    def hurry(self, station: Station) -> None:
        """Give it the next turn; from any thread, without waiting."""
        with self._hurried:
            self._due[station] = 0.0
            self._hurried.notify()

    def read_bit(self, table: str, address: int, unit: int) -> bool:
        """One coil or discrete input (functions 1 and 2). Raises LostReply."""
        name = "read_coils" if table == "coil" else "read_discrete_inputs"
        self._expect(unit)
        reply = self._ask(name, address, count=1, device_id=unit)
        return bool(reply.bits[0])

    def read_registers(self, table: str, address: int, count: int, unit: int) -> list[int]:
        """Input or holding registers (functions 4 and 3), 16 bits each. Raises LostReply."""
        self._expect(unit)
        reply = self._ask(f"read_{table}_registers", address, count=count, device_id=unit)
        if len(reply.registers) != count:
            raise LostReply(f"unit {unit}: an answer of another length")
        return list(reply.registers)

    def write_coil(self, address: int, value: bool, unit: int) -> None:
        """Write one coil (function 5). Raises LostReply; read back what it did."""
        self._ask("write_coil", address, value, device_id=unit)

    def close(self) -> None:
        """Stop, and close the port."""
        with self._hurried:
            self._stopping = True
            self._hurried.notify()
        self._thread.join()
        self._client.close()

    def _expect(self, unit: int) -> None:
        """Raises LostReply at once if that address has just been silent: a board of eight relays
        that is gone must not take eight answers' time to be missed.
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
            raise PortGone(f"{self.line[0]}: not there") from error
        except (ModbusException, OSError) as error:
            time.sleep(REPLY_S)
            self._silent_until_s[unit] = time.monotonic() + RETRY_S
            raise LostReply(f"unit {unit} on {self.line[0]}: no answer") from error
        self._silent_until_s.pop(unit, None)
        if reply.isError():
            code = getattr(reply, "exception_code", 0)
            raise LostReply(f"unit {unit} on {self.line[0]}: refused with Modbus exception {code}")
        if type(reply).__name__ != _REPLIES[name]:
            raise LostReply(f"unit {unit} on {self.line[0]}: an answer to another question")
        return reply

    def _run(self) -> None:
        while (station := self._next()) is not None:
            try:
                station.turn(self)
                pause_s = station.poll_s
            except LostReply as error:
                station.failed(error)
                pause_s = RETRY_S
            with self._hurried:
                if self._due.get(station):
                    self._due[station] = time.monotonic() + pause_s

    def _next(self) -> Station | None:
        """Whose turn it is, when it has come; None: the bus is closed."""
        with self._hurried:
            while not self._stopping:
                station = min(self._due, key=self._due.__getitem__, default=None)
                now_s = time.monotonic()
                left_s = None if station is None else self._due[station] - now_s
                if station is not None and left_s is not None and left_s <= 0:
                    self._due[station] = now_s
                    return station
                self._hurried.wait(left_s)
            return None


_REPLIES = {
    "read_coils": "ReadCoilsResponse",
    "read_discrete_inputs": "ReadDiscreteInputsResponse",
    "read_input_registers": "ReadInputRegistersResponse",
    "read_holding_registers": "ReadHoldingRegistersResponse",
    "write_coil": "WriteSingleCoilResponse",
}


def bus_of(context: Context, port: str, baud: int, parity: str) -> ModbusBus:
    """The agent's bus on that port. Raises DeviceError when it is used with other settings."""
    bus = context.shared.get(("modbus", port), lambda: ModbusBus(port, baud, parity))
    if bus.line != (port, baud, parity):
        said = "{1} baud, parity {2}".format(*bus.line)
        raise DeviceError(f"{context.device}: {port} is open with {said} for another device")
    return bus
