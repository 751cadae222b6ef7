"""The shipped firmware on a simulated ATmega328P that keeps to the wall clock, on a pty."""

import json
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from tests.support.firmware import Firmware

WAIT_S = 180.0
CYCLES_PER_MS = 16_000
RELAY = "C0"
SENSE = "D7"
ESTOP = "D6"


class Mcu:
    """Keeps all that the bench says; a contactor follows relay 0 and its contact tells of it."""

    def __init__(self, firmware: Firmware, folder: Path) -> None:
        self.link = str(folder / "ttyBridge")
        self.has_contactor = False
        self._changed = threading.Condition()
        self.lines: list[dict[str, Any]] = []
        self._process = subprocess.Popen(
            [firmware.bench, firmware.elf, "--link", self.link, "--frames"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def __enter__(self) -> Self:
        self.wait(lambda line: "ready" in line)
        return self

    def __exit__(self, *exception: object) -> None:
        self.do("quit")
        self._process.wait(timeout=WAIT_S)
        self._reading.join()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdout.close()
        with suppress(BrokenPipeError):  # what it had no time to read
            self._process.stdin.close()

    def do(self, command: str) -> None:
        """Give the bench a command: see sim/README.md."""
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()

    def now(self) -> int:
        """The CPU's cycle: of all that happened before, none is later."""
        since = len(self.lines)
        self.do("eeprom")
        return int(self.wait(lambda line: "eeprom" in line, since)["cycle"])

    def relay(self, level: int, since: int = 0) -> dict[str, Any]:
        """The first time since that line that relay 0 closed (1) or opened (0)."""
        return self.wait(lambda line: line.get("pin") == RELAY and line["level"] == level, since)

    def wait(self, wanted: Callable[[dict[str, Any]], bool], since: int = 0) -> dict[str, Any]:
        """The first line since that one which is wanted, of those that came and will come."""

        def first() -> dict[str, Any] | None:
            return next((line for line in self.lines[since:] if wanted(line)), None)

        with self._changed:
            assert self._changed.wait_for(first, WAIT_S), self.lines[since:][-20:]
            found = first()
            assert found is not None
            return found

    def relay_is_closed(self) -> bool:
        """What its pin was seen to do last."""
        levels = [line["level"] for line in self.lines if line.get("pin") == RELAY]
        return bool(levels and levels[-1])

    def _read(self) -> None:
        assert self._process.stdout is not None
        for text in self._process.stdout:
            line = json.loads(text)
            with self._changed:
                self.lines.append(line)
                self._changed.notify_all()
            if self.has_contactor and line.get("pin") == RELAY:
                with suppress(BrokenPipeError):  # its last lines are read after it has quit
                    self.do(f"pin {SENSE} {1 - line['level']}")
