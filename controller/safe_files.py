"""Opens files safely in folders where another user could replace them or add links."""

import os
import stat
from pathlib import Path

_WRITE_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
_MAX_LINKS = 40
"""Most links that are followed on the way to a file."""


class UnsafeFile(Exception):
    """The file was not opened; the message says why, in one line."""


def read_plain(path: Path, limit: int) -> bytes:
    """Return the content of a regular file of at most `limit` bytes. Raises UnsafeFile, OSError."""
    with os.fdopen(open_plain(path), "rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise UnsafeFile(f"{path}: larger than {limit} bytes")
    return content


def open_plain(path: Path) -> int:
    """Return a descriptor for reading a regular file. Raises UnsafeFile, OSError.

    Every folder of the path is opened from the one above it, so that none can be replaced in
    between. A link is followed only in a folder that only root or this user can write to. Whatever
    is in another user's folder must belong to that user, which rules out hard links to other
    people's files.
    """
    return _open(path, _FILE)


def open_folder(path: Path) -> int:
    """Return a descriptor of a folder of any owner; links are followed as in `open_plain`.

    Raises UnsafeFile, OSError.
    """
    return _open(path, _FOLDER)


def _open(path: Path, last: int) -> int:
    folder, names, links = os.open("/", _FOLDER), _names(path.absolute()), 0
    try:
        while names:
            name = names.pop()
            if _is_link(name, folder):
                links += 1
                if links > _MAX_LINKS or not _is_trusted(os.fstat(folder)):
                    raise UnsafeFile(f"{path}: {name} is a link; it must be the file itself")
                target = Path(os.readlink(name, dir_fd=folder))
                names += _names(target)
                below = os.open("/" if target.is_absolute() else ".", _FOLDER, dir_fd=folder)
            else:
                below = os.open(name, _FOLDER if names else last, dir_fd=folder)
                if last == _FILE:
                    _check(path, folder, below, is_file=not names)
            os.close(folder)
            folder = below
    except BaseException:
        os.close(folder)
        raise
    return folder


def _names(path: Path) -> list[str]:
    """Return the path's names in reverse order, so that `pop` gives the next one."""
    return [name for name in reversed(path.parts) if name != "/"]


def _is_link(name: str, folder: int) -> bool:
    return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)


def _is_trusted(folder: os.stat_result) -> bool:
    """Return whether only root or this user can change what is in the folder."""
    return folder.st_uid in (0, os.getuid()) and not folder.st_mode & _WRITE_OTHERS


def _check(path: Path, folder: int, opened: int, *, is_file: bool) -> None:
    folder_stat, opened_stat = os.fstat(folder), os.fstat(opened)
    fault = None
    if is_file and not stat.S_ISREG(opened_stat.st_mode):
        fault = "is not a regular file"
    elif folder_stat.st_uid not in (0, os.getuid(), opened_stat.st_uid):
        fault = "belongs to somebody else than its folder does"
    elif is_file and opened_stat.st_nlink > 1 and not _is_trusted(folder_stat):
        fault = "has a second name (a hard link)"
    if fault is not None:
        os.close(opened)
        raise UnsafeFile(f"{path}: it {fault}")
