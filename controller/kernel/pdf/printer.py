"""Has PDF made by a process of its own, one document at a time, within limits.

WeasyPrint takes a second of a core for a long table, and 60 MB: not in a thread that answers.
"""

import atexit
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Lock, Timer

from controller.kernel.pdf import frames

WITHIN_S = 60.0
"""For one document, by the clock on the wall; of a core it may take less: `worker.CPU_S`."""
_TOO_MUCH = (-signal.SIGKILL, -signal.SIGXCPU)
"""Exit codes when it ran out of time or memory; a retry would fail too."""
LIBRARIES = "LOQUET_PANGO"
"""Environment variable with the folder of WeasyPrint's libraries, if they are not installed in
the system."""

_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH", "PYTHONPYCACHEPREFIX", "FONTCONFIG_PATH")


class NotPrinted(Exception):
    """No PDF came of it; the message says why, in one line."""


class Printer:
    """A process that is started when somebody first asks, and again when it has ended."""

    def __init__(self, folder: Path, within_s: float = WITHIN_S) -> None:
        """`folder`: the only one from which styles, fonts and pictures are read."""
        self._folder = folder.resolve()
        self._within_s = within_s
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = Lock()
        atexit.register(self.close)

    def pdf(self, html: str) -> bytes:
        """The document, tagged; its title and language are those of the HTML. Raises NotPrinted."""
        if not self._lock.acquire(timeout=self._within_s):
            raise NotPrinted("others are still printing; try again in a minute")
        try:
            # A second time where it ended for lack of work just as it was asked, or where its
            # libraries crashed: that happens to one that has printed much, and not to a new one.
            answer = self._ask(html.encode(), self._within_s) or self._ask(
                html.encode(), self._within_s
            )
        finally:
            self._lock.release()
        if answer is None or answer[:1] != frames.MADE:
            raise NotPrinted((answer or b"-the printer ended")[1:].decode("utf-8", "replace"))
        return answer[1:]

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()

    def _ask(self, html: bytes, within_s: float) -> bytes | None:
        """Its answer; None: it had ended for lack of work, or has crashed. Raises NotPrinted."""
        process = self._started()
        answer = _exchange(process, frames.frame(html), within_s)
        if answer is None and process.wait() in _TOO_MUCH:
            raise NotPrinted("a page took too much memory or time")
        return answer

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "controller.kernel.pdf.worker", str(self._folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        )
        return self._process


def _environment() -> dict[str, str]:
    """The worker's environment: the path of its libraries, and no secrets."""
    found = {name: os.environ[name] for name in _KEPT if name in os.environ}
    if libraries := os.environ.get(LIBRARIES):
        found["LD_LIBRARY_PATH"] = libraries
    return found


def _exchange(process: subprocess.Popen[bytes], sent: bytes, within_s: float) -> bytes | None:
    """Send, and hear the answer; None: the process has ended, or was killed because time is up."""
    assert process.stdin is not None  # noqa: S101  both are pipes
    assert process.stdout is not None  # noqa: S101
    alarm = Timer(within_s, process.kill)
    alarm.start()
    try:
        process.stdin.write(sent)
        process.stdin.flush()
        return frames.read(process.stdout)
    except BrokenPipeError:
        return None
    finally:
        alarm.cancel()
