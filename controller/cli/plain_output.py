"""Print without control characters, so that no stored text can control a terminal."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

from controller.domain.control_characters import as_lines


class PlainText:
    """Wraps a text stream and replaces each control character by a blank."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """See io.TextIOBase."""
        return self._stream.write(as_lines(text))

    def writelines(self, texts: Iterable[str]) -> None:
        """See io.IOBase."""
        self._stream.writelines(map(as_lines, texts))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def without_controls() -> Iterator[None]:
    """Wrap standard output and standard error during the block."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast("TextIO", PlainText(stream)) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
