"""Simulated panels at bus level: they decode what a driver sends to a picture.

`SimOled` takes an SSD1306's or SH1106's I2C writes, `SimLcd` an ST7789's SPI writes. Both write
`screen.png` to a folder, and to `screens.txt` the SHA-256 of the pixels of the last 200 pictures,
one per line. Without that folder the panel does not answer, as if unplugged.
"""

import errno
import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

WIDE, PAGES = 128, 8
SCREEN, SCREENS = "screen.png", "screens.txt"
_ARGUMENTS = {
    "ssd1306": {
        0x20: 1,
        0x21: 2,
        0x22: 2,
        0x81: 1,
        0x8D: 1,
        0xA8: 1,
        0xD3: 1,
        0xD5: 1,
        0xD9: 1,
        0xDA: 1,
        0xDB: 1,
    },
    "sh1106": {0x81: 1, 0x8D: 1, 0xA8: 1, 0xAD: 1, 0xD3: 1, 0xD5: 1, 0xD9: 1, 0xDA: 1, 0xDB: 1},
}
"""Numbers of arguments by command, from the controllers' data sheets."""


class SimOled:
    """An I2C bus with one panel of 128 x 64 pixels: the methods of smbus2 that luma uses."""

    def __init__(self, folder: str, controller: str) -> None:
        self._folder, self._controller = Path(folder), controller
        self._pictures = _Pictures(self._folder)
        self._ram = bytearray(WIDE * PAGES)
        self._on = False
        self._columns, self._pages = (0, WIDE - 1), (0, PAGES - 1)
        self._column = self._page = 0

    def write_i2c_block_data(self, address: int, register: int, data: Sequence[int]) -> None:
        """Handle one transaction: control byte 0x00 is commands, 0x40 data.

        Raises OSError (no answer).
        """
        if not self._folder.is_dir():
            raise OSError(errno.EREMOTEIO, os.strerror(errno.EREMOTEIO))
        if register == 0x40:
            for byte in data:
                self._take(byte)
            return
        for command, arguments in self._commands(data):
            self._run_command(command, arguments)

    def close(self) -> None:
        """Nothing to close."""

    def _commands(self, data: Sequence[int]) -> Iterator[tuple[int, Sequence[int]]]:
        at, lengths = 0, _ARGUMENTS[self._controller]
        while at < len(data):
            count = lengths.get(data[at], 0)
            yield data[at], data[at + 1 : at + 1 + count]
            at += 1 + count

    def _run_command(self, command: int, arguments: Sequence[int]) -> None:
        if command in (0xAE, 0xAF):  # display off, on
            self._on = command == 0xAF
            self._save()
        elif self._controller == "ssd1306":
            if command == 0x21:  # range of columns
                self._columns = arguments[0], arguments[1]
                self._column = arguments[0]
            elif command == 0x22:  # range of pages
                self._pages = arguments[0], arguments[1]
                self._page = arguments[0]
        elif command < 0x10:  # the column's low bits
            self._column = self._column & 0xF0 | command
        elif command < 0x20:  # the column's high bits
            self._column = self._column & 0x0F | (command & 0x0F) << 4
        elif 0xB0 <= command < 0xB0 + PAGES:
            self._page = command - 0xB0

    def _take(self, byte: int) -> None:
        offset = 2 if self._controller == "sh1106" else 0  # the SH1106's memory is 132 columns wide
        if 0 <= self._column - offset < WIDE:
            self._ram[self._page * WIDE + self._column - offset] = byte
        self._column += 1
        if self._controller == "sh1106":
            if self._page == PAGES - 1 and self._column == WIDE + offset:
                self._save()
        elif self._column > self._columns[1]:
            self._column = self._columns[0]
            self._page += 1
            if self._page > self._pages[1]:
                self._page = self._pages[0]
                self._save()

    def _save(self) -> None:
        from PIL import Image

        image = Image.new("1", (WIDE, PAGES * 8))
        if self._on:
            rows = (self._row(y) for y in range(PAGES * 8))
            image.putdata([255 if lit else 0 for row in rows for lit in row])
        self._pictures.save(image)

    def _row(self, y: int) -> Iterator[bool]:
        first = (y // 8) * WIDE
        return (bool(byte >> (y % 8) & 1) for byte in self._ram[first : first + WIDE])


class SimLcd:
    """An SPI bus with one ST7789: the methods of spidev that luma uses.

    It can't report a missing panel.
    """

    max_speed_hz = 0

    def __init__(self, folder: str, is_data: Callable[[], bool]) -> None:
        """`is_data` reads the level of the D/C pin."""
        self._folder, self._is_data = Path(folder), is_data
        self._pictures = _Pictures(self._folder)
        self._command = 0
        self._arguments = bytearray()
        self._window = (0, 0, 1, 1)
        self._pixels = bytearray()

    def open(self, port: int, device: int) -> None:
        """Nothing to open."""

    def close(self) -> None:
        """Nothing to close."""

    def writebytes(self, data: Sequence[int]) -> None:
        """Handle a command, or its arguments, by the level of the D/C pin."""
        if not self._is_data():
            self._command, self._arguments = data[0], bytearray()
            if self._command == 0x28:  # display off
                self._show(bytes(len(self._pixels)))
            return
        if self._command == 0x2C:  # pixels
            self._arguments += bytes(data)
            self._frame()
        elif self._command in (0x2A, 0x2B):  # columns, rows
            self._arguments += bytes(data)
            if len(self._arguments) == 4:
                self._set_window(int.from_bytes(self._arguments[2:4], "big") + 1)

    def _set_window(self, size: int) -> None:
        left, top, wide, high = self._window
        self._window = (left, top, size, high) if self._command == 0x2A else (left, top, wide, size)

    def _frame(self) -> None:
        _, _, wide, high = self._window
        if len(self._arguments) >= wide * high * 3:
            self._pixels, self._arguments = self._arguments, bytearray()
            self._show(bytes(self._pixels))

    def _show(self, pixels: bytes) -> None:
        from PIL import Image

        _, _, wide, high = self._window
        if len(pixels) == wide * high * 3 and self._folder.is_dir():
            self._pictures.save(Image.frombytes("RGB", (wide, high), pixels))


class _Pictures:
    """Writes the pictures of a screen to a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._shown: deque[str] = deque(maxlen=200)

    def save(self, image: Any) -> None:
        """Write the picture atomically, so that nobody reads half of it. Raises OSError."""
        digest = hashlib.sha256(image.tobytes()).hexdigest()
        if self._shown and self._shown[-1] == digest:
            return
        self._shown.append(digest)
        new = self._folder / f".{SCREEN}.new"
        image.save(new, "PNG")
        new.replace(self._folder / SCREEN)
        new.write_text("".join(f"{digest}\n" for digest in self._shown))
        new.replace(self._folder / SCREENS)
