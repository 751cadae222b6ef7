"""Runs `loquet backup` as a separate process, which records its outcome itself."""

import json
import subprocess
import sys
from threading import Thread
from threading import enumerate as threads

from controller.settings import Settings

_NAME = "backup "
LONGEST_S = 120
"""Timeout for creating a repository, in seconds."""


def create_repository(settings: Settings) -> str | None:
    """Create the repository; return its password if one was generated. Raises RepositoryError."""
    try:
        process = _run(settings, "init", LONGEST_S)
    except subprocess.TimeoutExpired:
        raise RepositoryError("unreachable", "") from None
    if process.returncode == 0:
        password: str | None = json.loads(process.stdout)["password"]
        return password
    raise RepositoryError("", _error_message(process.stderr))


def start(settings: Settings, action: str) -> None:
    """Start the command in the background; it stores its outcome (`backup_outcomes`)."""
    Thread(target=_run, args=(settings, action), name=f"{_NAME}{action}").start()


def is_running() -> bool:
    """Return whether a command from `start` is still running."""
    return any(thread.name.startswith(_NAME) for thread in threads())


class RepositoryError(Exception):
    """The repository could not be created, with the name of the cause, or the command's output."""

    def __init__(self, cause: str, output: str) -> None:
        super().__init__(output)
        self.cause, self.output = cause, output


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


def _error_message(text: str) -> str:
    """Return the error message in the command's output."""
    lines = text.strip().splitlines() or [""]
    try:
        return str(json.loads(lines[-1])["error"])
    except (ValueError, KeyError, TypeError):
        return lines[-1]
