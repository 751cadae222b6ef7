"""The file in which `loquet watch` saves its cursor, so that it continues there after a restart."""

import os
import sys
from pathlib import Path

from controller.cli.watching.lines import parse_cursor
from controller.cli.work import CommandFailed


def read(file: Path | None) -> str | None:
    """Return the cursor in the file; None without a file or if it is empty or missing.

    Raises CommandFailed if it can't be read or holds no cursor.
    """
    try:
        text = file.read_text(encoding="utf-8").strip() if file else ""
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CommandFailed(f"{file}: {error.strerror}") from error
    if text and parse_cursor(text) is None:
        raise CommandFailed(f"{file}: {text[:40]!r} is not a cursor; remove the file to start over")
    return text or None


def write(file: Path | None, cursor: str) -> None:
    """Replace the file atomically, so that it is complete after a power cut too.

    Without a file: does nothing. Raises CommandFailed.
    """
    if file is None:
        return
    fresh = file.with_name(f"{file.name}.new")
    try:
        fresh.write_text(f"{cursor}\n", encoding="utf-8")
        fresh.replace(file)
    except OSError as error:
        raise CommandFailed(f"{file}: {error.strerror}") from error


def discard_output() -> None:
    """Redirect standard output to /dev/null, since flushing to a closed pipe would fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
