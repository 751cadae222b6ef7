"""What `./run prove` saw last of each promise: `tests/promises/last.json`, written row by row."""

from pathlib import Path

import msgspec

from tools.promises.rows import FOLDER

LAST = FOLDER / "last.json"


class Result(msgspec.Struct, frozen=True):
    """How a row went."""

    day: str
    commit: str
    passes: bool
    """Its tests pass on the tree as it is."""
    red: bool
    """And the one that its mutation names fails with it."""


def read(file: Path = LAST) -> dict[str, Result]:
    """By the row's words; empty before the first proof."""
    if not file.exists():
        return {}
    return msgspec.json.decode(file.read_bytes(), type=dict[str, Result])


def add(found: dict[str, Result], file: Path = LAST) -> None:
    """Keep these beside what is known of other rows."""
    known = dict(sorted((read(file) | found).items()))
    text = msgspec.json.format(msgspec.json.encode(known), indent=1)
    file.write_bytes(text + b"\n")
