"""Where `loquet watch` was, in a file: it goes on there when it is started again."""

import os
import sys
from pathlib import Path

from controller.cli.watching.lines import places_of
from controller.cli.work import CommandFailed


def read(file: Path | None) -> str | None:
    """The cursor in the file; None where there is none yet. Raises Failed for anything else."""
    try:
        text = file.read_text(encoding="utf-8").strip() if file else ""
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CommandFailed(f"{file}: {error.strerror}") from error
    if text and places_of(text) is None:
        raise CommandFailed(f"{file}: {text[:40]!r} is not a cursor; remove the file to start over")
    return text or None


def write(file: Path | None, cursor: str) -> None:
    """Whole or not at all: it is read after a power cut too."""
    if file is None:
        return
    fresh = file.with_name(f"{file.name}.new")
    try:
        fresh.write_text(f"{cursor}\n", encoding="utf-8")
        fresh.replace(file)
    except OSError as error:
        raise CommandFailed(f"{file}: {error.strerror}") from error


def nothing_more_to_print() -> None:
    """Whoever read is gone: Python must not write to them once more as it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
