"""Runs `loquet backup` as a separate process; the command itself records the outcome."""

import json
import subprocess
import sys
from threading import Thread
from threading import enumerate as threads

from controller.settings import Settings

_NAME = "backup "
LONGEST_S = 120
"""For making a repository; a server that does not answer is given up by then."""


def begin(settings: Settings) -> str | None:
    """Make the repository; its password, where that was made now. Raises Unfinished."""
    try:
        done = _run(settings, "init", LONGEST_S)
    except subprocess.TimeoutExpired:
        raise RepositoryError("unreachable", "") from None
    if done.returncode == 0:
        password: str | None = json.loads(done.stdout)["password"]
        return password
    raise RepositoryError("", _said(done.stderr))


def start(settings: Settings, action: str) -> None:
    """Have it be done; how it ended is noted by the command (`backup_outcomes`)."""
    Thread(target=_run, args=(settings, action), name=f"{_NAME}{action}").start()


def is_begun() -> bool:
    """Whether one runs that was started here: its process may not have begun its work yet."""
    return any(thread.name.startswith(_NAME) for thread in threads())


class RepositoryError(Exception):
    """The repository could not be created; holds the name of the cause, or the command's output."""

    def __init__(self, cause: str, said: str) -> None:
        super().__init__(said)
        self.cause, self.said = cause, said


def _run(
    settings: Settings, action: str, longest_s: float | None = None
) -> "subprocess.CompletedProcess[str]":
    words = ["-P", "-m", "controller.cli", "backup", action, "--config", settings.source, "--json"]
    return subprocess.run(
        [sys.executable, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=longest_s,
        check=False,
    )


def _said(text: str) -> str:
    """The command's one line."""
    lines = text.strip().splitlines() or [""]
    try:
        return str(json.loads(lines[-1])["error"])
    except (ValueError, KeyError, TypeError):
        return lines[-1]
