"""Replace several files as one operation; after a power cut in the middle, the next start finishes
it.

A note with the planned moves is written first; `finish` carries out whatever a note still lists.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class Move(NamedTuple):
    """One replacement: the file `ready` goes to `place`, the old one to `backup`."""

    ready: Path
    place: Path
    backup: Path


def swap(note: Path, moves: Sequence[Move]) -> None:
    """Carry out all moves. The three paths of a move must be on one disk. Raises OSError."""
    if not moves:
        return
    for move in moves:
        _fsync(move.ready)
    draft = note.with_name(f"{note.name}.draft")
    draft.write_text(json.dumps([[str(path) for path in move] for move in moves]))
    _fsync(draft)
    draft.replace(note)
    _fsync(note.parent)
    finish(note)


def finish(note: Path) -> bool:
    """Carry out the moves of an interrupted swap. False: there was none. Raises OSError."""
    if not note.exists():
        return False
    moves = [Move(*map(Path, paths)) for paths in json.loads(note.read_text())]
    for move in moves:
        _move_file(move)
    for folder in {move.place.parent for move in moves}:
        _fsync(folder)
    note.unlink()
    _fsync(note.parent)
    return True


def _move_file(move: Move) -> None:
    if not move.ready.exists():
        return  # moved already before the interruption
    if move.place.exists() and not move.backup.exists():
        try:
            os.link(move.place, move.backup)  # so that there is a file at any moment
        except OSError:  # a file system without hard links
            move.place.replace(move.backup)
    move.ready.replace(move.place)


def _fsync(path: Path) -> None:
    """Force a file or folder to the disk, so that it survives a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
