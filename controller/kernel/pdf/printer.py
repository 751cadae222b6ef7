"""Lets a separate process create PDFs, one document at a time, within limits.

WeasyPrint takes a second of CPU time for a long table, and 60 MB, which must not burden the web
server's threads.
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

TIMEOUT_S = 60.0
"""Seconds per document; its CPU time is limited separately (`worker.CPU_S`)."""
_TOO_MUCH = (-signal.SIGKILL, -signal.SIGXCPU)
"""Exit codes after running out of time or memory; a retry would fail too."""
LIBRARIES = "LOQUET_PANGO"
"""Environment variable with the folder of WeasyPrint's libraries, if they are not installed in the
system."""

_PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "TMPDIR",
    "PYTHONPATH",
    "PYTHONPYCACHEPREFIX",
    "FONTCONFIG_PATH",
)
"""Environment variables that are passed to the process."""


class NotPrinted(Exception):
    """No PDF was created; the message says why, in one line."""


class Printer:
    """The PDF process; it is started when first needed, and again after it has ended."""

    def __init__(self, folder: Path, timeout_s: float = TIMEOUT_S) -> None:
        """`folder`: the only one from which styles, fonts and pictures are read."""
        self._folder = folder.resolve()
        self._timeout_s = timeout_s
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = Lock()
        atexit.register(self.close)

    def pdf(self, html: str) -> bytes:
        """Return the document as tagged PDF, with the title and language of the HTML.

        Raises NotPrinted.
        """
        if not self._lock.acquire(timeout=self._timeout_s):
            raise NotPrinted("others are still printing; try again in a minute")
        try:
            # Retried once: the process may just have ended because it was idle, or its libraries
            # have crashed, which happens after many documents and not in a new process.
            answer = self._ask(html.encode(), self._timeout_s) or self._ask(
                html.encode(), self._timeout_s
            )
        finally:
            self._lock.release()
        if answer is None or answer[:1] != frames.MADE:
            raise NotPrinted((answer or b"-the printer ended")[1:].decode("utf-8", "replace"))
        return answer[1:]

    def close(self) -> None:
        """End the process, if it is running."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()

    def _ask(self, html: bytes, timeout_s: float) -> bytes | None:
        """Return the process's response; None: it was idle and has ended, or it has crashed.

        Raises NotPrinted.
        """
        process = self._running_process()
        answer = _exchange(process, frames.frame(html), timeout_s)
        if answer is None and process.wait() in _TOO_MUCH:
            raise NotPrinted("a page took too much memory or time")
        return answer

    def _running_process(self) -> subprocess.Popen[bytes]:
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
    """Return the process's environment, with the path of its libraries and without secrets."""
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    if libraries := os.environ.get(LIBRARIES):
        environment["LD_LIBRARY_PATH"] = libraries
    return environment


def _exchange(process: subprocess.Popen[bytes], sent: bytes, timeout_s: float) -> bytes | None:
    """Send a request and read the response; None: ended, or killed at the timeout."""
    assert process.stdin is not None  # noqa: S101  both are pipes
    assert process.stdout is not None  # noqa: S101
    alarm = Timer(timeout_s, process.kill)
    alarm.start()
    try:
        process.stdin.write(sent)
        process.stdin.flush()
        return frames.read(process.stdout)
    except BrokenPipeError:
        return None
    finally:
        alarm.cancel()
