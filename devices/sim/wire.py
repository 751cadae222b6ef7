"""Two pseudo-terminals, and a wire between them that can be cut, garbled or lose replies."""

import asyncio
import os
import tty
from contextlib import suppress
from pathlib import Path


class Wire:
    """`near` is the path of the simulated device's end; the far end is a link, while plugged."""

    def __init__(self, link: Path) -> None:
        self._link = link
        self._near, self._near_slave = _pty()
        self.near = os.ttyname(self._near_slave)
        self._far: tuple[int, int] | None = None
        self.lose_replies = 0
        """How many writes of the device are lost from now on; below 0: all of them."""
        self.garble = False
        """Whether a bit of everything that the device writes is flipped."""

    def plug(self) -> None:
        """Put the cable in: a new terminal at the link."""
        if self._far is None:
            self._far = _pty()
            new = self._link.with_name(f".{self._link.name}.new")
            new.unlink(missing_ok=True)
            new.symlink_to(os.ttyname(self._far[1]))
            new.replace(self._link)
            asyncio.get_running_loop().add_reader(self._far[0], self._from_far)

    def unplug(self) -> None:
        """Pull the cable."""
        if self._far is not None:
            asyncio.get_running_loop().remove_reader(self._far[0])
            self._link.unlink(missing_ok=True)
            for end in self._far:
                os.close(end)
            self._far = None

    def start(self) -> None:
        """Carry what the device says."""
        asyncio.get_running_loop().add_reader(self._near, self._from_near)

    def _from_far(self) -> None:
        with suppress(OSError):
            os.write(self._near, os.read(self._far[0] if self._far else -1, 4096))

    def _from_near(self) -> None:
        data = bytearray(os.read(self._near, 4096))
        if self.lose_replies != 0:
            self.lose_replies -= self.lose_replies > 0
            return
        if self.garble:
            data[len(data) // 2] ^= 0x10
        if self._far is not None:
            with suppress(OSError):
                os.write(self._far[0], data)


def _pty() -> tuple[int, int]:
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    return master, slave
