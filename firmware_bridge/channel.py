"""The serial port to a microcontroller, and the only file that imports pyserial."""

import os
from contextlib import suppress

import serial
from serial.tools import list_ports

from firmware_bridge.frames import BAUD

USB = "usb:"
"""Before a USB serial number, which stays the same in whichever socket the cable is."""


def find(port: str) -> str:
    """The device's path now: the port itself, or where the USB device of that number is.

    Raises OSError when no such device is plugged in.
    """
    if not port.startswith(USB):
        return port
    wanted = port.removeprefix(USB)
    for sys_fs in list_ports.comports():
        if sys_fs.serial_number == wanted:
            return str(sys_fs.device)
    raise OSError(f"no USB device with serial number {wanted} is plugged in")


class Channel:
    """An open port that never blocks. Opening one resets an Arduino, through DTR."""

    def __init__(self, port: str) -> None:
        """Open it for this process alone. Raises OSError."""
        import termios

        try:
            self._port = serial.Serial(find(port), BAUD, exclusive=True, timeout=0, write_timeout=0)
        except termios.error as error:  # a device that vanishes while it is being opened
            raise OSError(str(error)) from error

    def fileno(self) -> int:
        """For select."""
        return int(self._port.fileno())

    def read(self) -> bytes:
        """What has come, at least a byte. Call it when select says so. Raises OSError when gone."""
        data = os.read(self.fileno(), 4096)
        if not data:
            raise OSError("the device hung up")
        return data

    def write(self, data: bytes) -> None:
        """Send what the buffer takes: a peer that does not read will not answer either, and what
        is not answered is sent again. Raises OSError when gone.
        """
        with suppress(BlockingIOError):
            os.write(self.fileno(), data)

    def close(self) -> None:
        """Let go of it."""
        self._port.close()
