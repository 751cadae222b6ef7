"""A pseudo-terminal with a stable path: a symbolic link that exists while the cable is plugged
in."""

import os
import tty
from contextlib import suppress
from pathlib import Path


class Pty:
    """The device's side of a simulated serial port.

    Bytes that nobody reads are lost, as on a wire.
    """

    def __init__(self, link: str) -> None:
        self.link = link
        self._fds: tuple[int, int] | None = None

    @property
    def fd(self) -> int | None:
        """The file descriptor of the device's end; None: unplugged."""
        return None if self._fds is None else self._fds[0]

    def plug(self) -> bool:
        """Plug the cable in: create a device at the same path.

        Return False if it was in already.
        """
        if self._fds is not None:
            return False
        master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(master, False)
        self._fds = master, slave
        link = Path(self.link)
        link.parent.mkdir(parents=True, exist_ok=True)
        new = link.with_name(f".{link.name}.new")
        new.unlink(missing_ok=True)
        new.symlink_to(os.ttyname(slave))
        new.replace(link)
        return True

    def unplug(self) -> None:
        """Pull the cable: the device hangs up and its path is gone."""
        if self._fds is not None:
            Path(self.link).unlink(missing_ok=True)
            for fd in self._fds:
                os.close(fd)
            self._fds = None

    def send(self, data: bytes) -> None:
        """Send bytes to the host. Raises ValueError if unplugged."""
        if self._fds is None:
            raise ValueError(f"{self.link} is unplugged")
        with suppress(BlockingIOError):
            os.write(self._fds[0], data)

    def read(self) -> bytes:
        """Return the bytes that have arrived; may be empty."""
        if self._fds is not None:
            with suppress(BlockingIOError):
                return os.read(self._fds[0], 4096)
        return b""
