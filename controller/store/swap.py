"""Files that change places together: a power cut in the middle is made good at the next start.

What is to be done is written down first; whoever finds that note does the rest.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class Move(NamedTuple):
    """A file that is ready, the place where it is wanted, and where what is there now is kept."""

    ready: Path
    place: Path
    kept: Path


def swap(note: Path, moves: Sequence[Move]) -> None:
    """Do them all. All three of a move are on one disk. Raises OSError."""
    if not moves:
        return
    for move in moves:
        _settle(move.ready)
    draft = note.with_name(f"{note.name}.draft")
    draft.write_text(json.dumps([[str(path) for path in move] for move in moves]))
    _settle(draft)
    draft.replace(note)
    _settle(note.parent)
    finish(note)


def finish(note: Path) -> bool:
    """Do what is left of a swap that was cut off; False: there is none. Raises OSError."""
    if not note.exists():
        return False
    moves = [Move(*map(Path, paths)) for paths in json.loads(note.read_text())]
    for move in moves:
        _move(move)
    for folder in {move.place.parent for move in moves}:
        _settle(folder)
    note.unlink()
    _settle(note.parent)
    return True


def _move(move: Move) -> None:
    if not move.ready.exists():
        return  # done before the cut
    if move.place.exists() and not move.kept.exists():
        try:
            os.link(move.place, move.kept)  # so that there is a file at any moment
        except OSError:  # a disk that knows no links
            move.place.replace(move.kept)
    move.ready.replace(move.place)


def _settle(path: Path) -> None:
    """On the disk, whatever happens to the power."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
