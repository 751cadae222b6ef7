"""A folder for what must not stay: beside the keys, on the place's own disk."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from controller.cli.work import CommandFailed
from controller.settings import Settings


@contextmanager
def scratch(settings: Settings, name: str) -> Iterator[Path]:
    """An empty one, its owner's alone, gone with the block; one that a power cut left goes first.

    Raises Failed while another command has it.
    """
    folder = Path(settings.site.keys).with_name(f"scratch-{name}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CommandFailed(
                "another loquet does the same now: wait until it has ended"
            ) from error
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
