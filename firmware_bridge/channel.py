"""Open the serial port to a microcontroller. Only this file imports pyserial."""

import os
from contextlib import suppress

import serial
from serial.tools import list_ports

from firmware_bridge.frames import BAUD

USB = "usb:"
"""Prefix of a USB serial number, which stays the same whichever socket the cable is in."""


def find_port(port: str) -> str:
    """Return the device's path: the port itself, or where the USB device with that number is.

    Raises OSError if no such device is plugged in.
    """
    if not port.startswith(USB):
        return port
    number = port.removeprefix(USB)
    for usb_port in list_ports.comports():
        if usb_port.serial_number == number:
            return str(usb_port.device)
    raise OSError(f"no USB device with serial number {number} is plugged in")


class Channel:
    """An open port that never blocks. Opening it resets an Arduino, through DTR."""

    def __init__(self, port: str) -> None:
        """Open the port exclusively. Raises OSError."""
        import termios

        try:
            self._port = serial.Serial(
                find_port(port), BAUD, exclusive=True, timeout=0, write_timeout=0
            )
        except termios.error as error:  # a device that vanishes while it is being opened
            raise OSError(str(error)) from error

    def fileno(self) -> int:
        """Return the file descriptor, for `select`."""
        return int(self._port.fileno())

    def read(self) -> bytes:
        """Return the bytes that have arrived, at least one; call it when `select` reports data.

        Raises OSError if the device is gone.
        """
        data = os.read(self.fileno(), 4096)
        if not data:
            raise OSError("the device hung up")
        return data

    def write(self, data: bytes) -> None:
        """Send as many bytes as the buffer takes; the rest is dropped.

        A peer that does not read will not answer either, and unanswered commands are sent again.
        Raises OSError if the device is gone.
        """
        with suppress(BlockingIOError):
            os.write(self.fileno(), data)

    def close(self) -> None:
        """Close the port."""
        self._port.close()
