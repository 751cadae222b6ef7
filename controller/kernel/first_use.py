"""Protects the first conversion to a msgspec type from other threads."""

from contextlib import suppress
from threading import Lock

import msgspec

_lock = Lock()
_ready: set[type] = set()


def prepare_for_threads(shape: type) -> None:
    """Make conversion to the shape thread-safe; call it before `msgspec.convert`.

    msgspec 0.22 analyses a type at the first conversion, and a second thread that converts at that
    time crashes the process.
    """
    if shape in _ready:
        return
    with _lock:
        with suppress(msgspec.ValidationError):
            msgspec.convert({}, shape, dec_hook=_refuse)
        _ready.add(shape)


def _refuse(kind: type, _value: object) -> object:
    raise NotImplementedError(kind)
