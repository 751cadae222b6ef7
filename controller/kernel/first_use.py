"""The first conversion to a shape is one thread's alone."""

from contextlib import suppress
from threading import Lock

import msgspec

_lock = Lock()
_ready: set[type] = set()


def prepare(shape: type) -> None:
    """Let any thread convert to the shape from now on; to be called before `msgspec.convert`.

    What msgspec 0.22 knows of a shape it finds out at the first conversion to it, and a second
    thread that comes meanwhile crashes the process.
    """
    if shape in _ready:
        return
    with _lock:
        with suppress(msgspec.ValidationError):
            msgspec.convert({}, shape, dec_hook=_refuse)
        _ready.add(shape)


def _refuse(kind: type, _value: object) -> object:
    raise NotImplementedError(kind)
