"""A relay board that latches, in a process of its own, which nobody kills."""

import subprocess
import sys
import threading
from pathlib import Path

import msgspec

WAIT_S = 180.0


class Bus:
    """A Modbus relay board in a process of its own, and when its first coil moved."""

    def __init__(self, link: Path) -> None:
        command = [sys.executable, "-m", "devices.sim.modbus", "--link", str(link)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.moves: list[tuple[float, bool]] = []
        ready = threading.Event()
        self._thread = threading.Thread(target=self._listen, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(WAIT_S)

    def _listen(self, ready: threading.Event) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said = msgspec.json.decode(line)
            if said["event"] == "coil":
                self.moves.append((said["at"], said["on"]))
            ready.set()
        self._process.stdout.close()

    @property
    def is_on(self) -> bool:
        return bool(self.moves) and self.moves[-1][1]

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=WAIT_S)
        self._thread.join()
