"""A simulated USB reader that acts as a keyboard: `python -m devices.sim.keyboard --link PATH`.

It writes the kernel's `struct input_event`s to a pseudo-terminal instead of /dev/input. In
config.toml: `reader = { driver = "keyboard_wedge", device = "sim:PATH", kind = "em" }`.
"""

import argparse
import asyncio
import sys
import time
from pathlib import Path

from devices.drivers.keyboard.keyboard_wedge import CHARACTERS, EV_KEY, EV_SYN, EVENT
from devices.sim.console import ConsoleCommand, print_event, run_console
from devices.sim.pty import Pty

EV_MSC, MSC_SCAN = 4, 4
_CODES = {character: code for code, character in reversed(CHARACTERS.items())}


def events(code: int) -> bytes:
    """Return the events of a key that is pressed, repeats, and is released, as the kernel writes
    them."""
    seconds, microseconds = divmod(time.time_ns() // 1000, 1_000_000)
    entries = (
        (EV_MSC, MSC_SCAN, code),
        (EV_KEY, code, 1),
        (EV_SYN, 0, 0),
        (EV_KEY, code, 2),
        (EV_SYN, 0, 1),
        (EV_KEY, code, 0),
        (EV_SYN, 0, 0),
    )
    return b"".join(EVENT.pack(seconds, microseconds, *entry) for entry in entries)


class Keyboard:
    """The simulated reader."""

    def __init__(self, link: str) -> None:
        self._pty = Pty(link)
        self._pty.plug()

    def cable(self, plugged: bool) -> None:
        """Plug it in or unplug it."""
        if plugged:
            self._pty.plug()
        else:
            self._pty.unplug()

    def type(self, text: str) -> None:
        """Type a text; `\\n` is Enter."""
        for character in text.upper():
            if character not in _CODES:
                raise ValueError(f"no key for {character!r}")
            self.key(_CODES[character])

    def key(self, code: int) -> None:
        """Press the key with that code."""
        self._pty.send(events(code))

    def drop(self) -> None:
        """Report that the kernel has lost events (SYN_DROPPED)."""
        self._pty.send(EVENT.pack(0, 0, EV_SYN, 3, 0))


def main(argv: list[str] | None = None) -> int:
    """Run the process. Exit 0 when its standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m devices.sim.keyboard", description=__doc__)
    parser.add_argument("--link", required=True, type=Path, help="path of the simulated device")
    args = parser.parse_args(argv)
    keyboard = Keyboard(str(args.link))
    print_event("ready", link=str(args.link))
    commands: dict[str, ConsoleCommand] = {
        "cable": keyboard.cable,
        "type": keyboard.type,
        "key": keyboard.key,
        "drop": keyboard.drop,
    }
    asyncio.run(run_console(commands))
    keyboard.cable(False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
